/**
 * Words the detector knows, by what they say about a request. Chosen by hand: what servers, shells and databases take for
 * commands, and what the box does not have. How much each group weighs is learned (`weights.ts`). A word may stand in
 * several groups. Words are lower case; in paths they may hold '-' and '.', in queries '_' alone.
 */
export const groups = {
  // endings of a path segment
  scriptEnding: 1 << 0,
  backupEnding: 1 << 1,
  // whole segments, or parts of them between '.', '-' and '_'
  tech: 1 << 2,
  secret: 1 << 3,
  debug: 1 << 4,
  admin: 1 << 5,
  // words of values
  sqlVerb: 1 << 6,
  sqlClause: 1 << 7,
  sqlCall: 1 << 8,
  sqlLogic: 1 << 9,
  command: 1 << 10,
  scriptCall: 1 << 11,
  scriptObject: 1 << 12,
  tag: 1 << 13,
  java: 1 << 14,
  phpCall: 1 << 15,
  systemFile: 1 << 16,
  outOfBand: 1 << 17,
  scheme: 1 << 18,
  // names of query parameters
  key: 1 << 19,
  // names of programs in a user agent
  scanner: 1 << 20,
  tool: 1 << 21,
  sqlSchema: 1 << 22,
  injection: 1 << 23,
  systemFolder: 1 << 24,
  systemEntry: 1 << 25,
  product: 1 << 26,
  setup: 1 << 27,
  activeTag: 1 << 28,
} as const;

/** Name of a group of words. */
export type Group = keyof typeof groups;

/** Words by group, separated by spaces. */
export const vocabulary: Readonly<Record<Group, string>> = {
  /** Languages nothing in the box is written in: its apps serve no names that end so. */
  scriptEnding:
    'php php3 php4 php5 php7 php8 phps phtml pht phar asp aspx ashx asmx ascx asax asa axd svc cshtml ' +
    'vbhtml jsp jspx jspa jsf jhtml jws do action faces cgi fcgi pl plx pm cfm cfml cfc dll nsf idc ida ' +
    'idq htr htw printer shtml stm rsb lasso webinfo asp~ hsql nsp ghp rhtml xsql pls jnlp dbm dwr srf ' +
    'mspx esp ews taf dna ssi cgi-bin ini.php resx mcgi wcgi scgi phpx php~ asp1 jspf',
  /** Copies, dumps, keys, logs, settings: what should not lie in a web folder. */
  backupEnding:
    'bak bkp bck backup bakup old older orig original org1 swp swo swn save saved sav copy copia tmp ' +
    'temp staging local inc1 exe bat cmd sh ksh bash vbs ps1 sql sqlite sqlite3 db db3 mdb accdb dbf ' +
    'dump rdb ibd frm myd log logs trace err conf config cnf cfg ini inc env pem key p12 pfx jks ' +
    'keystore kdbx ppk asc gpg ovpn rdp passwd htpasswd htaccess htgroup pwd pgpass netrc lst properties ' +
    'mml nws tpl master class htc bas rc cs vb jsfl ini~ bin-debug ws_ftp pid tfstate tfvars ' +
    'bash_history settings 1~ core~ gho wcf',
  /** Parts of systems the box does not have, by names that mean nothing else. */
  tech:
    'wp-admin wp-content wp-includes wp-json wp-login wp-config wp-cron wp-signup wp-trackback ' +
    'wp-comments-post wp-settings wp-load wordpress-old xmlrpc wlwmanifest typo3conf phpbb phpbb2 phpbb3 ' +
    'vbulletin phpnuke php-nuke postnuke mambo xoops e107 mybb punbb prestashop opencart oscommerce ' +
    'zencart whmcs concrete5 umbraco sitecore sitefinity dotnetnuke dnn kentico typolight textpattern ' +
    'administrator com_content com_users com_media mosconfig downloader skin_default kcfinder elfinder ' +
    'filemanager timthumb revslider thinkphp phpmyadmin pma myadmin mysqladmin sqladmin dbadmin ' +
    'phppgadmin pgadmin adminer phpinfo php-info info.php sqlweb websql sqlmanager mysqldumper phpredmin ' +
    'rockmongo app_code app_data app_browsers app_themes app_globalresources app_localresources app_bin ' +
    'masterpages examplesweb certcontrol certenroll certnew scripts~1 host-manager jmx-console ' +
    'web-console jbossmq-httpil invoker axis2 axis2-admin struts2 struts2-showcase console-selfservice ' +
    'wls-wsat bea_wls_internal bea_wls_deployment_internal _async uddiexplorer uddi wasperftool ' +
    'ibm_security_logout wps servlets servletexamples jsp-examples tomcat-docs cfide cfdocs cfusion ' +
    'flex2gateway messagebroker lcds blazeds richfaces primefaces javax.faces.resource telerik trace.axd ' +
    '_vti_bin _vti_pvt _vti_cnf _vti_inf _vti_log _vti_txt _vti_script _vti_adm _vti_aut _layouts ' +
    '_controltemplates _catalogs _wpresources _forms msadc iissamples iisadmin iishelp iisadmpwd ' +
    'aspnet_client inetpub aspnet autodiscover owa ecp ews exchweb exadmin microsoft-server-activesync ' +
    'rpcwithcert certsrv adfs reportserver reports$ siteserver irj webdynpro nwa sapmc visualadmin bobj ' +
    'businessobjects cmcapp infoview hyperion hfm workspace7 hssmod orasso isqlplus oa_html oa_java ' +
    'oa_media em12 portal30 pls siebel peoplesoft domcfg names.nsf catalog.nsf webadmin.nsf notes.nsf ' +
    'iwaredir sap-bin xmii logoncon dana-na dana-cached dana-ws ivanti goform boaform boafrm hnap1 ' +
    'hndunblock formlogin formsyscmd luci webproc cstecgi tmui mgmt remote_agent cscoe cscot +cscoe+ ' +
    '+cscot+ sslvpn vpn-portal vpns netscaler nsconfig xenmobile zdm fgt_lang logincheck global-protect ' +
    'globalprotect sonicwall mobileiron mifs vropspluginui vsanhealth websso airwatch workspaceone idrac ' +
    'sws setup.cgi portal_page device.rsp netsurveillance onvif-http isapi psia axis-cgi snapshot.cgi ' +
    'view_video camera-cgi photostation filestation zabbix_agent perl-status server~1 awstats webalizer ' +
    'webmin usermin cpanel whm plesk directadmin ispconfig virtualmin jenkinsscript _cat _cluster _nodes ' +
    '_utils _all_dbs _config ajax-api jolokia kubepi docker-registry cobbler_api gitlist phpunit ' +
    'eval-stdin _ignition telescope artisan cgi cgi-bin cgi-win cgi-sys cgi-local cgibin cgis cgi-perl ' +
    'cgi-shop scgi-bin cgi-dos cgi-exe cgi-home bin-cgi htbin fcgi-bin mod_perl perl-bin wwwboard ' +
    'webcart formmail netauth',
  /** Products the box does not have; their names are also said elsewhere. */
  product:
    'manager kibana elasticsearch nagios nagiosxi centreon cacti zabbix observium librenms prtg ' +
    'zoneminder zm icinga ganglia munin mrtg jenkins hudson bamboo teamcity sonarqube nexus artifactory ' +
    'solr hystrix druid nacos eureka zeppelin airflow superset couchdb neo4j orientdb flink hadoop hue ' +
    'spark mlflow activemq rabbitmq rocketmq consul etcd k8s portainer rancher confluence jira ' +
    'servicedesk helpdesk otrs glpi osticket mantis mantisbt bugzilla trac sugarcrm vtiger zimbra ' +
    'roundcube horde squirrelmail openemr dolibarr limesurvey joplin cobbler saltstack ofbiz geoserver ' +
    'openfire gitweb cvs viewvc websvn drupal magento joomla wordpress moodle bitrix typo3 craft modx ' +
    'smf laravel symfony yii zend cakephp codeigniter oracle sap notes lotus domino exchange sharepoint ' +
    'citrix tomcat jboss struts weblogic websphere coldfusion frontpage showcase apex ords psp psc lync ' +
    'pulse horizon vcenter vsphere synology qnap dvr servlet doku.php webman tinymce ckeditor elmah ' +
    'snoop fckeditor axis oab xwiki jspwiki redmine nextcloud phpldapadmin zabbix1 gitlab harbor ' +
    'sonicwall teamspeak emby seafile subrion gila pimcore shopware oxid chamilo claroline dotclear ' +
    'piwigo gallery coppermine piwik phplist phpbb2 vbulletin ipboard invision forums4 guestbook counter ' +
    'xampp phpwiki mediawiki-1 dokuwiki lemonldap yourls zencart opencart oscommerce cart32 webcart ' +
    'shopcart shop-bin catalyst sitebuilder plone tiki tikiwiki twiki cutenews pivot nucleus b2evolution ' +
    'serendipity geeklog xoops mambo phpfusion',
  /** Files that hold secrets. */
  secret:
    'web.config web-inf meta-inf appsettings.json application.properties application.yml ' +
    'application.yaml bootstrap.yml wp-config.php configuration.php localsettings.php settings.inc.php ' +
    'config.inc.php config.php parameters.yml secrets.yml database.yml database.json credentials.json ' +
    'credentials.xml secrets.json client_secret client_secrets.json id_rsa id_dsa id_ecdsa id_ed25519 ' +
    'authorized_keys known_hosts server.key privatekey private.key privatekey.key passwd passwords ' +
    'password.txt users.txt userlist accounts.txt service-account.json terraform.tfstate ' +
    'terraform.tfvars ansible.cfg kubeconfig sftp-config.json ftpsync.settings deployment-config.json ' +
    'robomongo.json filezilla.xml sitemanager.xml recentservers.xml winscp.ini wcx_ftp.ini ws_ftp.ini ' +
    'ws_ftp.log dump.sql database.sql backup.sql db.sql mysql.sql data.sql users.sql db_backup.sql ' +
    'backup.zip backup.tar.gz site.zip www.zip backup.tgz laravel.log production.log development.log ' +
    'storage.log npm-debug.log bash_history phinx.yml local_settings.py application.ini php.ini my.cnf ' +
    'redis.conf httpd.conf nginx.conf global.asa global.asax boot.ini win.ini autoexec.bat keys.json ' +
    'secret.key secret.json oauth-credentials.json auth.json firebase.json aws.yml aws.json s3.yml s3cfg',
  /** Files of settings, which some pages also serve. */
  setup:
    'docker-compose.yml docker-compose.yaml dockerfile docker-compose vagrantfile jenkinsfile ' +
    'gruntfile.js gulpfile.js composer.json composer.lock package.json package-lock.json yarn.lock ' +
    'gemfile gemfile.lock requirements.txt pipfile config.json config.yml config.yaml config.xml ' +
    'config.ini config.js config.rb config.env env.js env.json settings.json settings.py settings.ini ' +
    'configuration.xml routes.ini hosts.txt credentials secrets keys.js passwords.txt shadow access_log ' +
    'error_log error.log access.log debug.log',
  /** Pages for those who look after a server. */
  debug:
    'actuator heapdump threaddump jolokia env.bak httptrace server-status server-info balancer-manager ' +
    'nginx_status fpm-status php-fpm _profiler _debugbar _wdt _debug_toolbar __debug__ debug-toolbar ' +
    'debugbar phpinfo test-cgi printenv showenv env.cgi swagger swagger-ui swagger-resources ' +
    'swagger.json swagger.yaml openapi.json openapi.yaml api-docs api-doc v2-api-docs graphiql ' +
    'playground altair voyager h2-console pprof expvar trace.log debug.jsp dump.jsp snoop.jsp ' +
    'web-console elmah.axd trace.axd readme.txt changelog.txt changelog license.txt install.txt ' +
    'upgrade.txt version.txt cvs-entries test.cgi test.php adminer.php info.php shell.php cmd.php ' +
    'c99.php c99 r57 wso b374k webshell backdoor',
  /** Words of back rooms; honest pages use them too. */
  admin:
    'admin admins adm administration administrators backend backoffice manage management controlpanel ' +
    'control cpanel console install installer setup config configuration configs test tests testing ' +
    'debug dev devel development staging backup backups bak old temp tmp private secret hidden internal ' +
    'restricted root shell cmd exec upload uploads uploader dump database db sql mysql log logs stats ' +
    'statistics password passwords passwd user_login webmail webadmin siteadmin sysadmin phpadmin ' +
    'superuser monitor',
  /** SQL. */
  sqlVerb:
    'select union insert update delete drop alter create truncate exec execute declare waitfor grant ' +
    'revoke call replace begin handler shutdown',
  sqlClause:
    'from where into values table database having group order limit offset procedure all distinct null ' +
    'dual join set delay as case when then end between exists outfile dumpfile top rows by column schema ' +
    'sounds boolean row',
  sqlCall:
    'sleep benchmark pg_sleep concat concat_ws group_concat char chr ascii substring substr mid md5 sha1 ' +
    'hex unhex load_file extractvalue updatexml xmltype elt make_set rand floor count cast convert ' +
    'ifnull nullif iif decode ord length user database version schema current_user session_user ' +
    'system_user found_rows row_count json_keys gtid_subset exp sysdate waitfor regexp_substring ' +
    'regexp_replace repeat randomblob like likely get_host_address utl_inaddr dbms_pipe receive_message ' +
    'xp_cmdshell sp_executesql master openrowset fn_sqlvarbasetostr varchar quotename crypt_key ' +
    'generate_series iff name_const procedure analyse lpad rpad rawtohex ctxsys drithsx generate_uuid ' +
    'insert field tdesencrypt isnull coalesce db_name is_srvrolemember collation connection_id ' +
    'last_insert_id',
  sqlLogic: 'and or xor not like rlike regexp having where between div mod in is procedure',
  sqlSchema:
    'information_schema pg_catalog pg_user pg_shadow sysobjects syscolumns sysusers sys.databases ' +
    'sysdatabases sqlite_master sqlite_version all_tables all_users user_tables table_name column_name ' +
    'table_schema xp_cmdshell xp_dirtree xp_fileexist xp_regread sp_password dbms_pipe dbms_lock ' +
    'utl_http utl_inaddr dbms_utility dbms_xmlgen rdb$fields rdb$types systables mysql.user ' +
    'msysaccessobjects pg_sleep extractvalue updatexml load_file outfile dumpfile benchmark waitfor ' +
    'randomblob syscat openrowset dbms_xslprocessor domain.domains sysibm tabname syslogins msysobjects ' +
    'user_lock ctxsys regexp_substring information_schema.tables information_schema.system_users',
  /** Programs a shell finds. */
  command:
    'id cat ls dir pwd whoami uname wget curl nc ncat netcat bash sh zsh ksh csh dash busybox ping ' +
    'nslookup dig host ifconfig ipconfig ip netstat ps kill rm cp mv mkdir touch chmod chown echo printf ' +
    'expr sleep head tail more less tac nl od xxd base64 tee awk gawk sed grep egrep find xargs env set ' +
    'export which whereis type systeminfo tasklist net powershell cmd certutil bitsadmin wmic reg python ' +
    'python2 python3 perl ruby php node lua telnet ssh scp ftp tftp rsync crontab at sudo su eval exec ' +
    'source timeout sync who w last history df mount lsof telnetd iptables systemctl service vi nano ed',
  /** Functions of browsers. */
  scriptCall:
    'alert confirm prompt eval settimeout setinterval atob btoa fromcharcode fetch expression print ' +
    'function require import unescape decodeuricomponent xmlhttprequest execscript constructor ' +
    'setattribute importscripts log writeln write',
  /** What scripts reach for. */
  scriptObject:
    'document window location self top parent globalthis string math this console process child_process ' +
    'cookie domain localstorage navigator history',
  /** Elements of HTML that people write about. */
  tag:
    'style link input form math textarea button select a div span p table td b i br bgsound frame xml ' +
    'html head title keygen animate set foreignobject use x h1 h2 font center plaintext noscript ' +
    'template slot portal dialog var doctype entity element attlist',
  /** Elements that load or run something. */
  activeTag:
    'script img svg iframe body object embed meta video audio details marquee base isindex applet layer ' +
    'frameset xss image',
  /** Java, and expression languages on it. */
  java:
    'java javax jndi ognl classloader getruntime processbuilder runtime springframework ' +
    'objectinputstream scriptenginemanager getclass forname getmethod newinstance xwork2 opensymphony ' +
    'actioncontext memberaccess servletactioncontext jdbcrowsetimpl templatesimpl beanutils freemarker ' +
    'velocity methodinvoking invokefunction defaultactioninvocation getinputstream commons-collections ' +
    'bcel snakeyaml urlclassloader unmarshaller',
  /** PHP. */
  phpCall:
    'phpinfo system exec shell_exec passthru popen proc_open pcntl_exec eval assert base64_decode ' +
    'str_rot13 gzinflate file_get_contents file_put_contents fopen fwrite readfile include include_once ' +
    'require_once require call_user_func call_user_func_array create_function preg_replace var_dump ' +
    'print_r var_export die exit echo md5 highlight_file show_source unlink chmod ini_set set_time_limit ' +
    'error_reporting array_map usort array_filter unserialize move_uploaded_file getenv ' +
    'auto_prepend_file allow_url_include safe_mode disable_functions invokefunction http_raw_post_data',
  /** Files of systems and of apps that others want to read. */
  systemFile:
    'passwd shadow win.ini boot.ini system.ini web.config web-inf web.xml authorized_keys id_rsa ' +
    'known_hosts my.cnf php.ini httpd.conf access_log error_log access.log error.log cmd.exe command.com ' +
    'powershell.exe net.exe system32 .env .htaccess .htpasswd wp-config.php configuration.php config.php ' +
    'config.inc.php autoexec.bat config.sys bash_history mysql-bin .bash_history .ssh settings.php ' +
    'database.php',
  /** Folders; they count with one of the entries below. */
  systemFolder: 'etc proc windows winnt var boot root winnt33 usr private',
  /** Plain words that are files there. */
  systemEntry:
    'hosts group issue motd fstab crontab resolv.conf environ cmdline self version mounts sam drivers ' +
    'system os-release log cron.d hostname services profile inetd.conf named.conf ssh apache2 httpd ' +
    'nginx mysql php sudoers',
  /** Hosts that wait for a call back, and addresses only a server itself can reach. */
  outOfBand:
    'interact.sh oast.me oast.fun oast.live oast.pro oast.online oast.site oast oastify interactsh ' +
    'burpcollaborator canarytokens dnslog ceye requestbin webhook.site pipedream bxss xss.ht evil ' +
    'attacker hacker pwned 169.254.169.254 metadata.google.internal 127.0.0.1 localhost 0.0.0.0 rfiinc ' +
    'cirt.net ngrok hackerone bugcrowd malicious',
  /** Schemes that make a server fetch or run something. */
  scheme:
    'php phar expect zip file gopher dict ldap ldaps rmi jar netdoc glob data javascript vbscript ' +
    'view-source jndi ogg ssh2 tftp dns iiop corba',
  /** Names of parameters that speak to the author, not the visitor. */
  key:
    'cmd exec execute command shell run cfg eval code system passthru func function daemon include inc ' +
    'incfile include_file include_path inc_dir incdir root_path root_dir basepath base_path base_dir ' +
    'basedir abspath absolute_path mosconfig_absolute_path phpbb_root_path globals _server _request _get ' +
    '_post _session _cookie pathtoroot path_to_root libpath lib_path rootdir rootpath docroot ' +
    'document_root server_root classpath template_path dir_inc filepath file_path readfile fichier ' +
    'dflink php_path skin_dir myroot includedir auto_prepend_file allow_url_include',
  /** Ways into objects of JavaScript, Python and MongoDB. */
  injection:
    '__proto__ prototype constructor __class__ __mro__ __subclasses__ __globals__ __builtins__ ' +
    '__import__ __init__ popen subprocess regex ne gt lt nin exists rce ro0ab classloader aced0005 dsvn',
  /** Programs that scan; in user agents. */
  scanner:
    'nikto sqlmap nmap masscan zgrab nuclei gobuster dirbuster dirb dirsearch feroxbuster ffuf wfuzz ' +
    'wpscan joomscan droopescan acunetix netsparker invicti nessus openvas qualys arachni w3af skipfish ' +
    'burp burpsuite zap zaproxy owasp whatweb wappalyzer havij jorgee zmeu morfeus muieblackcat ' +
    'netsystemsresearch expanse censysinspect censys shodan internetmeasurement zmap l9explore l9tcpid ' +
    'leakix projectdiscovery httpx katana commix xsstrike dalfox jaeles subfinder hydra medusa patator ' +
    'brutus webinspect appscan paros vega webscarab metasploit msf fimap uniscan golismero ' +
    'sitelockspider grendel-scan pangolin absinthe bsqlbf sqlninja nsauditor webshag whisker libwhisker ' +
    'cgichk n-stealth syhunt detectify tenable rapid7 nexpose visionheat security_scan pentest ' +
    'masscan-ng',
  /** Programs that fetch; in user agents. */
  tool:
    'curl wget python requests urllib aiohttp httpie go-http-client libwww libwww-perl lwp java okhttp ' +
    'apache-httpclient node-fetch axios undici ruby mechanize scrapy phantomjs headlesschrome selenium ' +
    'puppeteer winhttp powershell guzzle guzzlehttp perl php postmanruntime insomnia',
};
