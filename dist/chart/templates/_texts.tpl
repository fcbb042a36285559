{{- define "text.box-system/setup-plan/plan.json" }}{
  "version": 1,
  "secrets": [
    {
      "namespace": "data",
      "name": "openbao-seal",
      "keys": {
        "key": {
          "kind": "bytes",
          "length": 32
        }
      },
      "because": "the vault unseals itself with it, so it cannot come out of the vault"
    },
    {
      "namespace": "data",
      "name": "postgres-vault-login",
      "keys": {
        "password": {
          "kind": "random",
          "bytes": 32
        },
        "login.sql": {
          "kind": "template",
          "text": "DO $box$ BEGIN\n  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'vault') THEN CREATE ROLE vault NOLOGIN; END IF;\nEND $box$;\nALTER ROLE vault LOGIN PASSWORD '{password}';\n"
        }
      },
      "because": "it makes the login with which the vault reaches PostgreSQL; the vault changes the password at once"
    },
    {
      "namespace": "data",
      "name": "offsite-backup",
      "keys": {
        "access-key-id": {
          "kind": "operator",
          "prompt": "access key of the off-site backup bucket"
        },
        "secret-access-key": {
          "kind": "operator",
          "prompt": "secret key of the off-site backup bucket"
        },
        "region": {
          "kind": "constant",
          "value": {{ toRawJson .Values.backup.region }}
        }
      },
      "because": "PostgreSQL archives from its first minute, before the vault is filled"
    }
  ],
  "vault": {
    "address": "http://openbao.data.svc.cluster.local:8200",
    "policies": {
      "namespace-data": {
        "path": {
          "secret/data/searxng": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/valkey": {
            "capabilities": [
              "read"
            ]
          }
        }
      },
      "namespace-storage": {
        "path": {
          "secret/data/seaweedfs": {
            "capabilities": [
              "read"
            ]
          }
        }
      },
      "namespace-ory": {
        "path": {
          "database/creds/hydra": {
            "capabilities": [
              "read"
            ]
          },
          "database/creds/kratos": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/hydra": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/kratos": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/login-ui": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/smtp": {
            "capabilities": [
              "read"
            ]
          },
          "sys/leases/revoke": {
            "capabilities": [
              "update"
            ]
          }
        }
      },
      "namespace-lasuite": {
        "path": {
          "database/creds/docs": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/ai": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/collabora": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/docs": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/oidc/docs": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/s3/docs": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/smtp": {
            "capabilities": [
              "read"
            ]
          },
          "secret/data/valkey/docs": {
            "capabilities": [
              "read"
            ]
          },
          "sys/leases/revoke": {
            "capabilities": [
              "update"
            ]
          }
        }
      }
    },
    "roles": {
      "namespace-data": {
        "bound_service_account_names": [
          "vso"
        ],
        "bound_service_account_namespaces": [
          "data"
        ],
        "audience": "openbao",
        "token_policies": [
          "namespace-data"
        ],
        "token_no_default_policy": false,
        "token_period": "48h"
      },
      "namespace-storage": {
        "bound_service_account_names": [
          "vso"
        ],
        "bound_service_account_namespaces": [
          "storage"
        ],
        "audience": "openbao",
        "token_policies": [
          "namespace-storage"
        ],
        "token_no_default_policy": false,
        "token_period": "48h"
      },
      "namespace-ory": {
        "bound_service_account_names": [
          "vso"
        ],
        "bound_service_account_namespaces": [
          "ory"
        ],
        "audience": "openbao",
        "token_policies": [
          "namespace-ory"
        ],
        "token_no_default_policy": false,
        "token_period": "48h"
      },
      "namespace-lasuite": {
        "bound_service_account_names": [
          "vso"
        ],
        "bound_service_account_namespaces": [
          "lasuite"
        ],
        "audience": "openbao",
        "token_policies": [
          "namespace-lasuite"
        ],
        "token_no_default_policy": false,
        "token_period": "48h"
      }
    },
    "kv": {
      "mount": "secret",
      "paths": {
        "smtp": {
          "username": {
            "kind": "operator",
            "prompt": "user name at the mail relay {{ .Values.smtp.host }}"
          },
          "password": {
            "kind": "operator",
            "prompt": "password at the mail relay {{ .Values.smtp.host }}"
          }
        },
        "valkey": {
          "health-password": {
            "kind": "random",
            "bytes": 24
          },
          "docs": {
            "kind": "copy",
            "path": "valkey/docs",
            "key": "password"
          }
        },
        "searxng": {
          "secret-key": {
            "kind": "random",
            "bytes": 32
          }
        },
        "seaweedfs-admin": {
          "access-key": {
            "kind": "constant",
            "value": "admin"
          },
          "secret-key": {
            "kind": "random",
            "bytes": 32
          }
        },
        "seaweedfs": {
          "admin-access-key": {
            "kind": "copy",
            "path": "seaweedfs-admin",
            "key": "access-key"
          },
          "admin-secret-key": {
            "kind": "copy",
            "path": "seaweedfs-admin",
            "key": "secret-key"
          },
          "docs-access-key": {
            "kind": "copy",
            "path": "s3/docs",
            "key": "access-key"
          },
          "docs-secret-key": {
            "kind": "copy",
            "path": "s3/docs",
            "key": "secret-key"
          }
        },
        "kratos": {
          "secrets-default": {
            "kind": "random",
            "bytes": 32
          },
          "secrets-cookie": {
            "kind": "random",
            "bytes": 32
          },
          "secrets-cipher": {
            "kind": "letters",
            "length": 32
          }
        },
        "hydra": {
          "system-secret": {
            "kind": "random",
            "bytes": 32
          },
          "cookie-secret": {
            "kind": "random",
            "bytes": 32
          }
        },
        "login-ui": {
          "cookie-secret": {
            "kind": "random",
            "bytes": 32
          },
          "csrf-cookie-secret": {
            "kind": "random",
            "bytes": 32
          }
        },
        "s3/docs": {
          "access-key": {
            "kind": "constant",
            "value": "docs"
          },
          "secret-key": {
            "kind": "random",
            "bytes": 32
          }
        },
        "docs": {
          "django-secret-key": {
            "kind": "random",
            "bytes": 50
          },
          "collaboration-secret": {
            "kind": "random",
            "bytes": 32
          },
          "y-provider-api-key": {
            "kind": "random",
            "bytes": 32
          },
          "superuser-password": {
            "kind": "random",
            "bytes": 24
          }
        },
        "valkey/docs": {
          "password": {
            "kind": "random",
            "bytes": 24
          }
        },
        "oidc/docs": {
          "client-id": {
            "kind": "constant",
            "value": "docs"
          },
          "client-secret": {
            "kind": "random",
            "bytes": 32
          }
        },
        "ai": {
          "api-key": {
            "kind": "operator",
            "prompt": "API key of the AI service at {{ (urlParse .Values.ai.baseUrl).hostname }}"
          }
        },
        "collabora": {
          "password": {
            "kind": "random",
            "bytes": 24
          }
        }
      }
    },
    "database": {
      "mount": "database",
      "connection": {
        "name": "postgres",
        "plugin_name": "postgresql-database-plugin",
        "allowed_roles": [
          "kratos",
          "hydra",
          "docs"
        ],
        "connection_url": "postgresql://{{ "{{" }}username}}:{{ "{{" }}password}}@postgres-rw.data.svc.cluster.local:5432/postgres?sslmode=verify-full&sslrootcert=/etc/box/trust/ca.crt",
        "username": "vault",
        "password_from": {
          "namespace": "data",
          "secret": "postgres-vault-login",
          "key": "password"
        },
        "password_authentication": "scram-sha-256",
        "max_open_connections": 4,
        "max_connection_lifetime": "5m"
      },
      "roles": {
        "kratos": {
          "db_name": "postgres",
          "creation_statements": [
            "SELECT box.create_login('{{ "{{" }}name}}', '{{ "{{" }}password}}', '{{ "{{" }}expiration}}', 'kratos', 30)"
          ],
          "renew_statements": [
            "SELECT box.extend_login('{{ "{{" }}name}}', '{{ "{{" }}expiration}}')"
          ],
          "revocation_statements": [
            "SELECT box.drop_login('{{ "{{" }}name}}')"
          ],
          "default_ttl": "36h",
          "max_ttl": "36h"
        },
        "hydra": {
          "db_name": "postgres",
          "creation_statements": [
            "SELECT box.create_login('{{ "{{" }}name}}', '{{ "{{" }}password}}', '{{ "{{" }}expiration}}', 'hydra', 30)"
          ],
          "renew_statements": [
            "SELECT box.extend_login('{{ "{{" }}name}}', '{{ "{{" }}expiration}}')"
          ],
          "revocation_statements": [
            "SELECT box.drop_login('{{ "{{" }}name}}')"
          ],
          "default_ttl": "36h",
          "max_ttl": "36h"
        },
        "docs": {
          "db_name": "postgres",
          "creation_statements": [
            "SELECT box.create_login('{{ "{{" }}name}}', '{{ "{{" }}password}}', '{{ "{{" }}expiration}}', 'docs', 30)"
          ],
          "renew_statements": [
            "SELECT box.extend_login('{{ "{{" }}name}}', '{{ "{{" }}expiration}}')"
          ],
          "revocation_statements": [
            "SELECT box.drop_login('{{ "{{" }}name}}')"
          ],
          "default_ttl": "1h",
          "max_ttl": "1h"
        }
      }
    }
  },
  "buckets": {
    "endpoint": "http://seaweedfs-filer.storage.svc.cluster.local:8333",
    "region": "us-east-1",
    "admin": {
      "path": "seaweedfs-admin",
      "accessKey": "access-key",
      "secretKey": "secret-key"
    },
    "buckets": [
      {
        "name": "sunbeam-docs",
        "owner": "docs",
        "versioned": true
      }
    ]
  }
}
{{ end }}

{{- define "text.ory/kratos/identity.default.schema.json" }}{
  "$id": "https://auth.{{ .Values.domain }}/identity/default.schema.json",
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "default",
  "type": "object",
  "properties": {
    "traits": {
      "type": "object",
      "properties": {
        "email": {
          "type": "string",
          "format": "email",
          "title": "E-mail",
          "maxLength": 254,
          "ory.sh/kratos": {
            "credentials": {
              "password": {
                "identifier": true
              },
              "webauthn": {
                "identifier": true
              },
              "totp": {
                "account_name": true
              },
              "code": {
                "identifier": true,
                "via": "email"
              }
            },
            "verification": {
              "via": "email"
            },
            "recovery": {
              "via": "email"
            }
          }
        },
        "name": {
          "type": "object",
          "properties": {
            "first": {
              "type": "string",
              "title": "First name",
              "maxLength": 120
            },
            "last": {
              "type": "string",
              "title": "Last name",
              "maxLength": 120
            }
          },
          "additionalProperties": false
        }
      },
      "required": [
        "email"
      ],
      "additionalProperties": false
    }
  }
}
{{ end }}

{{- define "text.ory/kratos/identity.employee.schema.json" }}{
  "$id": "https://auth.{{ .Values.domain }}/identity/employee.schema.json",
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "employee",
  "type": "object",
  "properties": {
    "traits": {
      "type": "object",
      "properties": {
        "email": {
          "type": "string",
          "format": "email",
          "title": "E-mail",
          "maxLength": 254,
          "ory.sh/kratos": {
            "credentials": {
              "password": {
                "identifier": true
              },
              "webauthn": {
                "identifier": true
              },
              "totp": {
                "account_name": true
              },
              "code": {
                "identifier": true,
                "via": "email"
              }
            },
            "verification": {
              "via": "email"
            },
            "recovery": {
              "via": "email"
            }
          }
        },
        "name": {
          "type": "object",
          "properties": {
            "first": {
              "type": "string",
              "title": "First name",
              "maxLength": 120
            },
            "last": {
              "type": "string",
              "title": "Last name",
              "maxLength": 120
            }
          },
          "additionalProperties": false
        },
        "username": {
          "type": "string",
          "title": "User name",
          "maxLength": 40,
          "pattern": "^[a-z0-9][a-z0-9._-]*$"
        },
        "department": {
          "type": "string",
          "title": "Department",
          "maxLength": 120
        },
        "title": {
          "type": "string",
          "title": "Title",
          "maxLength": 120
        }
      },
      "required": [
        "email"
      ],
      "additionalProperties": false
    }
  }
}
{{ end }}

{{- define "text.ory/kratos/identity.external.schema.json" }}{
  "$id": "https://auth.{{ .Values.domain }}/identity/external.schema.json",
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "external",
  "type": "object",
  "properties": {
    "traits": {
      "type": "object",
      "properties": {
        "email": {
          "type": "string",
          "format": "email",
          "title": "E-mail",
          "maxLength": 254,
          "ory.sh/kratos": {
            "credentials": {
              "password": {
                "identifier": true
              },
              "webauthn": {
                "identifier": true
              },
              "totp": {
                "account_name": true
              },
              "code": {
                "identifier": true,
                "via": "email"
              }
            },
            "verification": {
              "via": "email"
            },
            "recovery": {
              "via": "email"
            }
          }
        },
        "name": {
          "type": "object",
          "properties": {
            "first": {
              "type": "string",
              "title": "First name",
              "maxLength": 120
            },
            "last": {
              "type": "string",
              "title": "Last name",
              "maxLength": 120
            }
          },
          "additionalProperties": false
        },
        "company": {
          "type": "string",
          "title": "Company",
          "maxLength": 120
        }
      },
      "required": [
        "email"
      ],
      "additionalProperties": false
    }
  }
}
{{ end }}

{{- define "text.ory/kratos/kratos.yaml" }}version: v25.4.0
serve:
  public:
    base_url: https://auth.{{ .Values.domain }}/kratos/
    request_log:
      disable_for_health: true
    cors:
      enabled: true
      allowed_origins:
        - https://*.{{ .Values.domain }}
      allowed_methods:
        - GET
        - POST
        - PUT
        - PATCH
        - DELETE
      allowed_headers:
        - Authorization
        - Content-Type
        - Cookie
        - X-Session-Token
      allow_credentials: true
  admin:
    base_url: http://kratos.ory.svc.cluster.local:4434/
    request_log:
      disable_for_health: true
cookies:
  domain: {{ include "box.yaml" (print .Values.domain) }}
  path: /
  same_site: Lax
session:
  lifespan: 720h
  earliest_possible_extend: 24h
  cookie:
    name: ory_kratos_session
    domain: {{ include "box.yaml" (print .Values.domain) }}
    path: /
    same_site: Lax
    persistent: true
  whoami:
    required_aal: highest_available
selfservice:
  default_browser_return_url: https://auth.{{ .Values.domain }}/
  allowed_return_urls:
    - https://auth.{{ .Values.domain }}
    - https://{{ .Values.domain }}/
    - https://auth.{{ .Values.domain }}/
    - https://people-admin.{{ .Values.domain }}/
    - https://s3.{{ .Values.domain }}/
    - https://vault.{{ .Values.domain }}/
    - https://search.{{ .Values.domain }}/
    - https://docs.{{ .Values.domain }}/
    - https://office.{{ .Values.domain }}/
  flows:
    login:
      ui_url: https://auth.{{ .Values.domain }}/login
      lifespan: 1h
      style: unified
    registration:
      enabled: false
      ui_url: https://auth.{{ .Values.domain }}/registration
    settings:
      ui_url: https://auth.{{ .Values.domain }}/settings
      privileged_session_max_age: 15m
      required_aal: highest_available
    recovery:
      enabled: true
      use: code
      lifespan: 1h
      notify_unknown_recipients: false
      ui_url: https://auth.{{ .Values.domain }}/recovery
      after:
        hooks:
          - hook: revoke_active_sessions
    verification:
      enabled: true
      use: code
      lifespan: 1h
      notify_unknown_recipients: false
      ui_url: https://auth.{{ .Values.domain }}/verification
      after:
        default_browser_return_url: https://auth.{{ .Values.domain }}/
    error:
      ui_url: https://auth.{{ .Values.domain }}/error
    logout:
      after:
        default_browser_return_url: https://auth.{{ .Values.domain }}/login
  methods:
    password:
      enabled: true
      config:
        min_password_length: 12
        haveibeenpwned_enabled: true
        ignore_network_errors: true
    totp:
      enabled: true
      config:
        issuer: {{ include "box.yaml" .Values.brand.name }}
    webauthn:
      enabled: true
      config:
        passwordless: false
        rp:
          id: {{ include "box.yaml" (print .Values.domain) }}
          display_name: {{ include "box.yaml" .Values.brand.name }}
          origins:
            - https://auth.{{ .Values.domain }}
    lookup_secret:
      enabled: true
    code:
      enabled: true
      passwordless_enabled: false
      mfa_enabled: false
      config:
        lifespan: 24h
    link:
      enabled: false
    profile:
      enabled: true
identity:
  default_schema_id: default
  schemas:
    - id: employee
      url: file:///etc/config/identity.employee.schema.json
    - id: default
      url: file:///etc/config/identity.default.schema.json
    - id: external
      url: file:///etc/config/identity.external.schema.json
oauth2_provider:
  url: http://hydra.ory.svc.cluster.local:4445
  override_return_to: true
courier:
  smtp:
    from_address: noreply@{{ .Values.domain }}
    from_name: {{ include "box.yaml" .Values.brand.name }}
ciphers:
  algorithm: xchacha20-poly1305
hashers:
  algorithm: bcrypt
  bcrypt:
    cost: 12
security:
  account_enumeration:
    mitigate: true
feature_flags:
  use_continue_with_transitions: true
log:
  level: info
  format: json
  leak_sensitive_values: false
{{ end }}

{{- define "text.ory/hydra/hydra.yaml" }}version: v25.4.0
serve:
  public:
    tls:
      enabled: false
    request_log:
      disable_for_health: true
    cors:
      enabled: true
      allowed_origins:
        - https://*.{{ .Values.domain }}
  admin:
    tls:
      enabled: false
    request_log:
      disable_for_health: true
  cookies:
    same_site_mode: Lax
urls:
  self:
    issuer: https://auth.{{ .Values.domain }}/
    public: https://auth.{{ .Values.domain }}/
    admin: http://hydra.ory.svc.cluster.local:4445/
  login: https://auth.{{ .Values.domain }}/login
  registration: https://auth.{{ .Values.domain }}/registration
  consent: https://auth.{{ .Values.domain }}/consent
  logout: https://auth.{{ .Values.domain }}/logout
  error: https://auth.{{ .Values.domain }}/error
  post_logout_redirect: https://auth.{{ .Values.domain }}/
  identity_provider:
    url: http://kratos.ory.svc.cluster.local:4434
oidc:
  subject_identifiers:
    supported_types:
      - public
strategies:
  access_token: opaque
  scope: exact
ttl:
  login_consent_request: 30m
  authentication_session: 720h
  access_token: 1h
  refresh_token: 720h
  id_token: 1h
  auth_code: 10m
oauth2:
  expose_internal_errors: false
  token_hook: http://login-ui.ory.svc.cluster.local:3001/hooks/token
  exclude_not_before_claim: true
  pkce:
    enforced_for_public_clients: true
  grant:
    refresh_token:
      rotation_grace_period: 10s
  session:
    encrypt_at_rest: true
webfinger:
  oidc_discovery:
    supported_claims:
      - sub
      - email
      - email_verified
      - name
      - given_name
      - family_name
      - preferred_username
      - groups
      - locale
    supported_scope:
      - openid
      - offline_access
      - email
      - profile
      - groups
log:
  level: info
  format: json
  leak_sensitive_values: false
sqa:
  opt_out: true
{{ end }}

{{- define "text.ory/login-ui/apps.json" }}[
  {
    "title": "Accounts",
    "url": "https://people-admin.{{ .Values.domain }}/",
    "description": "Invite and look after people",
    "group": "admin",
    "groups": [
      "admin"
    ]
  },
  {
    "title": "Vault",
    "url": "https://vault.{{ .Values.domain }}/",
    "description": "Secrets",
    "group": "admin",
    "groups": [
      "admin"
    ]
  },
  {
    "title": "Search",
    "url": "https://search.{{ .Values.domain }}/",
    "description": "Search the web without being followed",
    "group": "apps"
  },
  {
    "title": "Docs",
    "url": "https://docs.{{ .Values.domain }}/",
    "description": "Write together",
    "group": "apps"
  }
]
{{ end }}

{{- define "text.ingress/proxy-config/config.yaml" }}version: 1
domain: {{ include "box.yaml" (print .Values.domain) }}
kubernetes:
  namespace: ingress
  configMap: proxy-config
  configKey: config.yaml
listeners:
  http: 8080
  https: 8443
  admin: 9090
tls:
  secrets:
    - edge-tls
acme:
  ingressClass: box-acme
peers:
  forwarding: []
  unlimited:
    - 10.42.0.0/16
limits:
  signedIn:
    burst: 200
    perSecond: 50
  strangers:
    burst: 50
    perSecond: 10
  address:
    burst: 1000
    perSecond: 200
  connectionsPerAddress: 256
detection:
  mode: enforce
hsts:
  maxAge: 31536000
session:
  whoami: http://kratos.ory.svc.cluster.local:4433/sessions/whoami
  signIn: https://auth.{{ .Values.domain }}/login
  returnParameter: return_to
  cookies:
    - ory_kratos_session
  groups: /identity/metadata_public/groups
  cacheSeconds: 30
hosts:
  - name: {{ include "box.yaml" (print .Values.domain) }}
    routes:
      - kind: portal
        path: /
  - name: auth.{{ .Values.domain }}
    routes:
      - kind: deny
        path: /kratos/admin
        status: 403
      - kind: proxy
        path: /.well-known
        class: api
        upstream: http://hydra.ory.svc.cluster.local:4444
      - kind: proxy
        path: /credentials
        class: api
        upstream: http://hydra.ory.svc.cluster.local:4444
      - kind: proxy
        path: /userinfo
        class: api
        upstream: http://hydra.ory.svc.cluster.local:4444
      - kind: proxy
        path: /kratos
        class: api
        upstream: http://kratos.ory.svc.cluster.local:4433
        replacePrefix: /
      - kind: proxy
        path: /oauth2
        class: api
        upstream: http://hydra.ory.svc.cluster.local:4444
      - kind: proxy
        path: /
        class: browser
        upstream: http://login-ui.ory.svc.cluster.local:3000
  - name: people-admin.{{ .Values.domain }}
    routes:
      - kind: proxy
        path: /
        class: browser
        upstream: http://kratos-admin-ui.ory.svc.cluster.local:8080
        gate:
          groups:
            - admin
  - name: s3.{{ .Values.domain }}
    routes:
      - kind: proxy
        path: /
        class: s3
        upstream: http://seaweedfs-filer.storage.svc.cluster.local:8333
        rawPath: true
        bodyLimitMi: unlimited
        timeouts:
          response: 300
  - name: vault.{{ .Values.domain }}
    routes:
      - kind: proxy
        path: /
        class: api
        upstream: http://openbao.data.svc.cluster.local:8200
        gate:
          groups:
            - admin
  - name: search.{{ .Values.domain }}
    routes:
      - kind: proxy
        path: /
        class: browser
        upstream: http://searxng.data.svc.cluster.local:8080
        gate: {}
  - name: docs.{{ .Values.domain }}
    routes:
      - kind: proxy
        path: /collaboration/ws/
        class: websocket
        upstream: http://docs-y-provider.lasuite.svc.cluster.local:4444
        webSocket: true
        timeouts:
          tunnel: 86400
      - kind: proxy
        path: /external_api
        class: browser
        upstream: http://docs-backend.lasuite.svc.cluster.local:8000
      - kind: media
        path: /media/
        upstream: http://seaweedfs-filer.storage.svc.cluster.local:8333
        upstreamHost: seaweedfs-filer.storage.svc.cluster.local:8333
        strip: /media/
        prepend: /sunbeam-docs/
        rawPath: true
        authorize:
          url: http://docs-backend.lasuite.svc.cluster.local:8000/api/v1.0/documents/media-auth/
          captureHeaders:
            - Authorization
            - X-Amz-Date
            - X-Amz-Content-SHA256
        responseHeaders:
          Content-Security-Policy: default-src 'none'
          X-Content-Type-Options: nosniff
      - kind: proxy
        path: /static
        class: browser
        upstream: http://docs-backend.lasuite.svc.cluster.local:8000
      - kind: proxy
        path: /admin
        class: browser
        upstream: http://docs-backend.lasuite.svc.cluster.local:8000
      - kind: proxy
        path: /api
        class: stream
        upstream: http://docs-backend.lasuite.svc.cluster.local:8000
        timeouts:
          response: 600
          idle: 600
        buffering: false
      - kind: proxy
        path: /
        class: browser
        upstream: http://docs-frontend.lasuite.svc.cluster.local
  - name: office.{{ .Values.domain }}
    routes:
      - kind: deny
        path: /browser/dist/admin
        status: 403
      - kind: deny
        path: /cool/getMetrics
        status: 403
      - kind: deny
        path: /cool/adminws
        status: 403
      - kind: proxy
        path: /
        class: browser
        upstream: http://collabora-server.lasuite.svc.cluster.local:9980
        webSocket: true
        bodyLimitMi: unlimited
        timeouts:
          response: 600
          idle: 600
portal:
  brand:
    name: {{ include "box.yaml" .Values.brand.name }}
    primary: {{ include "box.yaml" .Values.brand.primary }}
    accent: {{ include "box.yaml" .Values.brand.accent }}
  tiles:
    - title: Account
      url: https://auth.{{ .Values.domain }}/
      description: Your profile, password and devices
      group: apps
    - title: Search
      url: https://search.{{ .Values.domain }}/
      description: Search the web without being followed
      group: apps
    - title: Docs
      url: https://docs.{{ .Values.domain }}/
      description: Write together
      group: apps
    - title: Accounts
      url: https://people-admin.{{ .Values.domain }}/
      description: Invite and look after people
      group: admin
    - title: Vault
      url: https://vault.{{ .Values.domain }}/
      description: Secrets
      group: admin
passthroughs: []
{{ end }}

{{- define "text.kube-system/coredns-custom/box.override" }}template IN A {{ .Values.domain }} {
  match ^([^_.]+\.)?{{ replace "." "\\." .Values.domain }}\.$
  answer "{{ "{{" }} .Name }} 30 IN CNAME proxy.ingress.svc.cluster.local."
  fallthrough
}
template IN AAAA {{ .Values.domain }} {
  match ^([^_.]+\.)?{{ replace "." "\\." .Values.domain }}\.$
  answer "{{ "{{" }} .Name }} 30 IN CNAME proxy.ingress.svc.cluster.local."
  fallthrough
}
{{ end }}

{{- define "text.box-system/catalog/catalog.json" }}{
  "version": 1,
  "domain": "{{ .Values.domain }}",
  "services": [
    {
      "name": "openbao",
      "namespace": "data",
      "kind": "StatefulSet",
      "ports": [
        {
          "name": "api",
          "port": 8200,
          "protocol": "http"
        },
        {
          "name": "raft",
          "port": 8201,
          "protocol": "tcp"
        }
      ],
      "metrics": {
        "port": "api",
        "path": "/v1/sys/metrics?format=prometheus"
      },
      "dependsOn": [
        "Kubernetes API",
        "data/postgres:postgres"
      ],
      "disks": [
        {
          "name": "data",
          "sizeGi": 2,
          "backup": {
            "method": "snapshot"
          }
        }
      ]
    },
    {
      "name": "valkey",
      "namespace": "data",
      "kind": "StatefulSet",
      "ports": [
        {
          "name": "redis",
          "port": 6379,
          "protocol": "tcp"
        }
      ],
      "dependsOn": [],
      "disks": [
        {
          "name": "data",
          "sizeGi": 1,
          "backup": {
            "none": "caches fill again, people sign in again, and tasks of a lost server are of no use"
          }
        }
      ]
    },
    {
      "name": "opensearch",
      "namespace": "data",
      "kind": "StatefulSet",
      "ports": [
        {
          "name": "http",
          "port": 9200,
          "protocol": "http"
        },
        {
          "name": "transport",
          "port": 9300,
          "protocol": "tcp"
        }
      ],
      "dependsOn": [
        "embedding models"
      ],
      "disks": [
        {
          "name": "data",
          "sizeGi": 20,
          "backup": {
            "none": "an index is built again from what it indexes; nothing is kept here alone"
          }
        }
      ]
    },
    {
      "name": "searxng",
      "namespace": "data",
      "kind": "Deployment",
      "ports": [
        {
          "name": "http",
          "port": 8080,
          "protocol": "http"
        }
      ],
      "dependsOn": [
        "search engines"
      ],
      "disks": []
    },
    {
      "name": "seaweedfs-master",
      "namespace": "storage",
      "kind": "StatefulSet",
      "ports": [
        {
          "name": "http",
          "port": 9333,
          "protocol": "http"
        },
        {
          "name": "grpc",
          "port": 19333,
          "protocol": "tcp"
        },
        {
          "name": "metrics",
          "port": 9327,
          "protocol": "http"
        }
      ],
      "metrics": {
        "port": "metrics",
        "path": "/metrics"
      },
      "dependsOn": [
        "storage/seaweedfs-volume:grpc"
      ],
      "disks": [
        {
          "name": "data",
          "sizeGi": 1,
          "backup": {
            "none": "volume servers report what they hold, and the masters know again"
          }
        }
      ]
    },
    {
      "name": "seaweedfs-volume",
      "namespace": "storage",
      "kind": "StatefulSet",
      "ports": [
        {
          "name": "http",
          "port": 8080,
          "protocol": "http"
        },
        {
          "name": "grpc",
          "port": 18080,
          "protocol": "tcp"
        },
        {
          "name": "metrics",
          "port": 9327,
          "protocol": "http"
        }
      ],
      "metrics": {
        "port": "metrics",
        "path": "/metrics"
      },
      "dependsOn": [
        "storage/seaweedfs-master:grpc",
        "storage/seaweedfs-master:http"
      ],
      "disks": [
        {
          "name": "data",
          "sizeGi": 200,
          "backup": {
            "none": "every bucket is copied off-site object by object, and comes back through S3"
          }
        }
      ]
    },
    {
      "name": "seaweedfs-filer",
      "namespace": "storage",
      "kind": "StatefulSet",
      "ports": [
        {
          "name": "http",
          "port": 8888,
          "protocol": "http"
        },
        {
          "name": "grpc",
          "port": 18888,
          "protocol": "tcp"
        },
        {
          "name": "s3",
          "port": 8333,
          "protocol": "http"
        },
        {
          "name": "metrics",
          "port": 9327,
          "protocol": "http"
        }
      ],
      "metrics": {
        "port": "metrics",
        "path": "/metrics"
      },
      "dependsOn": [
        "storage/seaweedfs-master:grpc",
        "storage/seaweedfs-volume:http",
        "storage/seaweedfs-volume:grpc",
        "storage/seaweedfs-master:http"
      ],
      "disks": [
        {
          "name": "data",
          "sizeGi": 10,
          "backup": {
            "none": "every bucket is copied off-site object by object, and comes back through S3"
          }
        }
      ]
    },
    {
      "name": "proxy",
      "namespace": "ingress",
      "kind": "Deployment",
      "ports": [
        {
          "name": "http",
          "port": 80,
          "protocol": "http"
        },
        {
          "name": "https",
          "port": 443,
          "protocol": "tcp"
        },
        {
          "name": "admin",
          "port": 9090,
          "protocol": "http"
        }
      ],
      "metrics": {
        "port": "admin",
        "path": "/metrics"
      },
      "dependsOn": [
        "Kubernetes API",
        "ingress/acme-solver:http",
        "ory/kratos:public",
        "ory/hydra:public",
        "ory/login-ui:http",
        "ory/kratos-admin-ui:http",
        "storage/seaweedfs-filer:s3",
        "data/openbao:api",
        "data/searxng:http",
        "lasuite/docs-y-provider:ws",
        "lasuite/docs-backend:http",
        "lasuite/docs-frontend:http",
        "lasuite/collabora-server:http"
      ],
      "disks": []
    },
    {
      "name": "kratos",
      "namespace": "ory",
      "kind": "Deployment",
      "ports": [
        {
          "name": "public",
          "port": 4433,
          "protocol": "http"
        },
        {
          "name": "admin",
          "port": 4434,
          "protocol": "http"
        }
      ],
      "metrics": {
        "port": "admin",
        "path": "/admin/metrics/prometheus"
      },
      "dependsOn": [
        "password breach list",
        "data/postgres:postgres",
        "mail relay",
        "ory/hydra:admin"
      ],
      "disks": []
    },
    {
      "name": "hydra",
      "namespace": "ory",
      "kind": "Deployment",
      "ports": [
        {
          "name": "public",
          "port": 4444,
          "protocol": "http"
        },
        {
          "name": "admin",
          "port": 4445,
          "protocol": "http"
        }
      ],
      "metrics": {
        "port": "admin",
        "path": "/admin/metrics/prometheus"
      },
      "dependsOn": [
        "data/postgres:postgres",
        "ory/kratos:admin",
        "ory/login-ui:internal"
      ],
      "disks": []
    },
    {
      "name": "login-ui",
      "namespace": "ory",
      "kind": "Deployment",
      "ports": [
        {
          "name": "http",
          "port": 3000,
          "protocol": "http"
        },
        {
          "name": "internal",
          "port": 3001,
          "protocol": "http"
        }
      ],
      "metrics": {
        "port": "internal",
        "path": "/metrics"
      },
      "dependsOn": [
        "ory/kratos:public",
        "ory/kratos:admin",
        "ory/hydra:admin"
      ],
      "disks": []
    },
    {
      "name": "kratos-admin-ui",
      "namespace": "ory",
      "kind": "Deployment",
      "ports": [
        {
          "name": "http",
          "port": 8080,
          "protocol": "http"
        }
      ],
      "dependsOn": [
        "ory/kratos:admin",
        "ory/kratos:public"
      ],
      "disks": []
    },
    {
      "name": "docs-y-provider",
      "namespace": "lasuite",
      "kind": "Deployment",
      "ports": [
        {
          "name": "ws",
          "port": 4444,
          "protocol": "http"
        }
      ],
      "dependsOn": [
        "ingress/proxy:https"
      ],
      "disks": []
    },
    {
      "name": "docs-backend",
      "namespace": "lasuite",
      "kind": "Deployment",
      "ports": [
        {
          "name": "http",
          "port": 8000,
          "protocol": "http"
        }
      ],
      "dependsOn": [
        "data/valkey:redis",
        "storage/seaweedfs-filer:s3",
        "ory/hydra:public",
        "mail relay",
        "lasuite/docs-y-provider:ws",
        "AI service",
        "data/postgres:postgres"
      ],
      "disks": []
    },
    {
      "name": "docs-worker",
      "namespace": "lasuite",
      "kind": "Deployment",
      "ports": [],
      "dependsOn": [
        "data/valkey:redis",
        "storage/seaweedfs-filer:s3",
        "ory/hydra:public",
        "mail relay",
        "lasuite/docs-y-provider:ws",
        "AI service",
        "data/postgres:postgres"
      ],
      "disks": []
    },
    {
      "name": "docs-frontend",
      "namespace": "lasuite",
      "kind": "Deployment",
      "ports": [
        {
          "name": "http",
          "port": 80,
          "protocol": "http"
        }
      ],
      "dependsOn": [],
      "disks": []
    },
    {
      "name": "collabora-server",
      "namespace": "lasuite",
      "kind": "Deployment",
      "ports": [
        {
          "name": "http",
          "port": 9980,
          "protocol": "http"
        }
      ],
      "metrics": {
        "port": "http",
        "path": "/cool/getMetrics"
      },
      "dependsOn": [
        "ingress/proxy:https"
      ],
      "disks": []
    }
  ],
  "hosts": [
    {
      "name": "{{ .Values.domain }}"
    },
    {
      "name": "auth.{{ .Values.domain }}",
      "title": "Account"
    },
    {
      "name": "people-admin.{{ .Values.domain }}",
      "title": "Accounts"
    },
    {
      "name": "s3.{{ .Values.domain }}"
    },
    {
      "name": "vault.{{ .Values.domain }}",
      "title": "Vault"
    },
    {
      "name": "search.{{ .Values.domain }}",
      "title": "Search"
    },
    {
      "name": "docs.{{ .Values.domain }}",
      "title": "Docs"
    },
    {
      "name": "office.{{ .Values.domain }}"
    }
  ],
  "dns": [
    {
      "name": "{{ .Values.domain }}",
      "type": "A",
      "value": "{{ .Values.publicIp }}",
      "ttl": 3600,
      "because": "https://{{ .Values.domain }}"
    },
    {
      "name": "*.{{ .Values.domain }}",
      "type": "A",
      "value": "{{ .Values.publicIp }}",
      "ttl": 3600,
      "because": "every host of the box"
    },
    {
      "name": "{{ .Values.domain }}",
      "type": "CAA",
      "value": "0 issue \"letsencrypt.org\"",
      "ttl": 3600,
      "because": "no other authority may sign certificates for the domain"
    },
    {
      "name": "{{ .Values.domain }}",
      "type": "CAA",
      "value": "0 issuewild \"letsencrypt.org\"",
      "ttl": 3600,
      "because": "nor wildcard certificates"
    },
    {
      "name": "{{ .Values.domain }}",
      "type": "CAA",
      "value": {{ toRawJson (print "0 iodef \"mailto:" (default .Values.adminEmail .Values.tls.email) "\"") }},
      "ttl": 3600,
      "because": "where an authority reports an attempt"
    }
  ],
  "databases": [
    {
      "name": "kratos_db",
      "owner": "kratos",
      "connections": 10
    },
    {
      "name": "hydra_db",
      "owner": "hydra",
      "connections": 10
    },
    {
      "name": "docs_db",
      "owner": "docs",
      "connections": 14
    }
  ],
  "buckets": [
    "sunbeam-docs"
  ],
  "secretPaths": [
    "smtp",
    "valkey",
    "searxng",
    "seaweedfs-admin",
    "seaweedfs",
    "kratos",
    "hydra",
    "login-ui",
    "s3/docs",
    "docs",
    "valkey/docs",
    "oidc/docs",
    "ai",
    "collabora"
  ],
  "resources": {
    "available": {
      "cpu": 15000,
      "memory": 61440
    },
    "total": {
      "cpu": 2680,
      "memory": 7656,
      "limit": 18912
    },
    "rows": [
      {
        "namespace": "cert-manager",
        "workload": "cert-manager",
        "replicas": 1,
        "resources": {
          "cpu": 10,
          "memory": 64,
          "limit": 256
        }
      },
      {
        "namespace": "cert-manager",
        "workload": "cert-manager-cainjector",
        "replicas": 1,
        "resources": {
          "cpu": 10,
          "memory": 96,
          "limit": 256
        }
      },
      {
        "namespace": "cert-manager",
        "workload": "cert-manager-webhook",
        "replicas": 1,
        "resources": {
          "cpu": 10,
          "memory": 32,
          "limit": 128
        }
      },
      {
        "namespace": "cert-manager",
        "workload": "trust-manager",
        "replicas": 1,
        "resources": {
          "cpu": 10,
          "memory": 48,
          "limit": 128
        }
      },
      {
        "namespace": "linkerd-cni",
        "workload": "linkerd-cni",
        "replicas": 1,
        "resources": {
          "cpu": 15,
          "memory": 40,
          "limit": 160
        }
      },
      {
        "namespace": "linkerd",
        "workload": "linkerd-destination",
        "replicas": 1,
        "resources": {
          "cpu": 100,
          "memory": 160,
          "limit": 512
        }
      },
      {
        "namespace": "linkerd",
        "workload": "linkerd-identity",
        "replicas": 1,
        "resources": {
          "cpu": 20,
          "memory": 52,
          "limit": 256
        }
      },
      {
        "namespace": "linkerd",
        "workload": "linkerd-proxy-injector",
        "replicas": 1,
        "resources": {
          "cpu": 30,
          "memory": 68,
          "limit": 384
        }
      },
      {
        "namespace": "cnpg-system",
        "workload": "cloudnative-pg",
        "replicas": 1,
        "resources": {
          "cpu": 50,
          "memory": 100,
          "limit": 256
        }
      },
      {
        "namespace": "cnpg-system",
        "workload": "plugin-barman-cloud",
        "replicas": 1,
        "resources": {
          "cpu": 10,
          "memory": 64,
          "limit": 192
        }
      },
      {
        "namespace": "vault-secrets-operator",
        "workload": "vault-secrets-operator",
        "replicas": 1,
        "resources": {
          "cpu": 20,
          "memory": 96,
          "limit": 256
        }
      },
      {
        "namespace": "data",
        "workload": "openbao",
        "replicas": 1,
        "resources": {
          "cpu": 110,
          "memory": 276,
          "limit": 640
        }
      },
      {
        "namespace": "data",
        "workload": "postgres",
        "replicas": 1,
        "resources": {
          "cpu": 500,
          "memory": 512,
          "limit": 512
        }
      },
      {
        "namespace": "data",
        "workload": "valkey",
        "replicas": 1,
        "resources": {
          "cpu": 60,
          "memory": 84,
          "limit": 192
        }
      },
      {
        "namespace": "data",
        "workload": "opensearch",
        "replicas": 1,
        "resources": {
          "cpu": 510,
          "memory": 1556,
          "limit": 2688
        }
      },
      {
        "namespace": "data",
        "workload": "searxng",
        "replicas": 1,
        "resources": {
          "cpu": 60,
          "memory": 212,
          "limit": 640
        }
      },
      {
        "namespace": "storage",
        "workload": "seaweedfs-master",
        "replicas": 1,
        "resources": {
          "cpu": 30,
          "memory": 116,
          "limit": 384
        }
      },
      {
        "namespace": "storage",
        "workload": "seaweedfs-volume",
        "replicas": 1,
        "resources": {
          "cpu": 110,
          "memory": 660,
          "limit": 1664
        }
      },
      {
        "namespace": "storage",
        "workload": "seaweedfs-filer",
        "replicas": 1,
        "resources": {
          "cpu": 110,
          "memory": 468,
          "limit": 1408
        }
      },
      {
        "namespace": "ingress",
        "workload": "proxy",
        "replicas": 1,
        "resources": {
          "cpu": 260,
          "memory": 276,
          "limit": 896
        }
      },
      {
        "namespace": "ory",
        "workload": "kratos",
        "replicas": 1,
        "resources": {
          "cpu": 60,
          "memory": 148,
          "limit": 384
        }
      },
      {
        "namespace": "ory",
        "workload": "hydra",
        "replicas": 1,
        "resources": {
          "cpu": 60,
          "memory": 148,
          "limit": 384
        }
      },
      {
        "namespace": "ory",
        "workload": "hydra-maester",
        "replicas": 1,
        "resources": {
          "cpu": 10,
          "memory": 32,
          "limit": 128
        }
      },
      {
        "namespace": "ory",
        "workload": "login-ui",
        "replicas": 1,
        "resources": {
          "cpu": 30,
          "memory": 116,
          "limit": 384
        }
      },
      {
        "namespace": "ory",
        "workload": "kratos-admin-ui",
        "replicas": 1,
        "resources": {
          "cpu": 30,
          "memory": 116,
          "limit": 384
        }
      },
      {
        "namespace": "lasuite",
        "workload": "docs-y-provider",
        "replicas": 1,
        "resources": {
          "cpu": 60,
          "memory": 276,
          "limit": 768
        }
      },
      {
        "namespace": "lasuite",
        "workload": "docs-backend",
        "replicas": 1,
        "resources": {
          "cpu": 110,
          "memory": 532,
          "limit": 1024
        }
      },
      {
        "namespace": "lasuite",
        "workload": "docs-worker",
        "replicas": 1,
        "resources": {
          "cpu": 60,
          "memory": 340,
          "limit": 768
        }
      },
      {
        "namespace": "lasuite",
        "workload": "docs-frontend",
        "replicas": 1,
        "resources": {
          "cpu": 15,
          "memory": 52,
          "limit": 192
        }
      },
      {
        "namespace": "lasuite",
        "workload": "collabora-server",
        "replicas": 1,
        "resources": {
          "cpu": 210,
          "memory": 916,
          "limit": 2688
        }
      }
    ]
  }
}
{{ end }}

{{- define "input.lasuite/Docs/Migrate" }}{"metadata":{"labels":{"app":"docs-migrate","app.kubernetes.io/name":"docs-migrate","app.kubernetes.io/part-of":"lasuite"},"annotations":{"config.linkerd.io/opaque-ports":""}},"spec":{"serviceAccountName":"docs-migrate","automountServiceAccountToken":false,"enableServiceLinks":false,"priorityClassName":"box-batch","terminationGracePeriodSeconds":30,"securityContext":{"runAsNonRoot":true,"runAsUser":1001,"runAsGroup":1001,"fsGroup":1001,"fsGroupChangePolicy":"OnRootMismatch","seccompProfile":{"type":"RuntimeDefault"}},"restartPolicy":"OnFailure","initContainers":[{"name":"migrate","image":"docker.io/lasuite/impress-backend:v5.4.1","imagePullPolicy":"IfNotPresent","command":["python","manage.py","migrate","--no-input"],"args":["--email","$(DJANGO_SUPERUSER_EMAIL)","--password","$(DJANGO_SUPERUSER_PASSWORD)"],"env":[{"name":"DJANGO_CONFIGURATION","value":"Production"},{"name":"DJANGO_SETTINGS_MODULE","value":"impress.settings"},{"name":"PYTHONPATH","value":"/app"},{"name":"DJANGO_SECRET_KEY","valueFrom":{"secretKeyRef":{"name":"docs","key":"django-secret-key"}}},{"name":"DJANGO_ALLOWED_HOSTS","value":"docs.{{ .Values.domain }},docs-backend,docs-backend.lasuite.svc.cluster.local"},{"name":"DJANGO_CSRF_TRUSTED_ORIGINS","value":"https://docs.{{ .Values.domain }}"},{"name":"LOGGING_LEVEL_LOGGERS_ROOT","value":"INFO"},{"name":"LOGGING_LEVEL_LOGGERS_APP","value":"INFO"},{"name":"DATABASE_URL","value":"postgres:///docs_db?service=docs"},{"name":"PGSERVICEFILE","value":"/etc/box/database/pg_service.conf"},{"name":"PGSERVICE","value":"docs"},{"name":"REDIS_URL","valueFrom":{"secretKeyRef":{"name":"docs-valkey","key":"cache-url"}}},{"name":"CACHES_DEFAULT_KEY_PREFIX","value":"docs"},{"name":"AWS_S3_ENDPOINT_URL","value":"http://seaweedfs-filer.storage.svc.cluster.local:8333"},{"name":"AWS_S3_ACCESS_KEY_ID","valueFrom":{"secretKeyRef":{"name":"docs-s3","key":"access-key"}}},{"name":"AWS_S3_SECRET_ACCESS_KEY","valueFrom":{"secretKeyRef":{"name":"docs-s3","key":"secret-key"}}},{"name":"AWS_S3_REGION_NAME","value":"us-east-1"},{"name":"AWS_S3_SIGNATURE_VERSION","value":"s3v4"},{"name":"AWS_STORAGE_BUCKET_NAME","value":"sunbeam-docs"},{"name":"AWS_REQUEST_CHECKSUM_CALCULATION","value":"when_required"},{"name":"AWS_RESPONSE_CHECKSUM_VALIDATION","value":"when_required"},{"name":"MEDIA_BASE_URL","value":"https://docs.{{ .Values.domain }}"},{"name":"OIDC_OP_URL","value":"https://auth.{{ .Values.domain }}/"},{"name":"OIDC_OP_AUTHORIZATION_ENDPOINT","value":"https://auth.{{ .Values.domain }}/oauth2/auth"},{"name":"OIDC_OP_TOKEN_ENDPOINT","value":"http://hydra.ory.svc.cluster.local:4444/oauth2/token"},{"name":"OIDC_OP_USER_ENDPOINT","value":"http://hydra.ory.svc.cluster.local:4444/userinfo"},{"name":"OIDC_OP_JWKS_ENDPOINT","value":"http://hydra.ory.svc.cluster.local:4444/.well-known/jwks.json"},{"name":"OIDC_OP_LOGOUT_ENDPOINT","value":"https://auth.{{ .Values.domain }}/oauth2/sessions/logout"},{"name":"OIDC_RP_CLIENT_ID","valueFrom":{"secretKeyRef":{"name":"oidc-docs","key":"CLIENT_ID"}}},{"name":"OIDC_RP_CLIENT_SECRET","valueFrom":{"secretKeyRef":{"name":"oidc-docs","key":"CLIENT_SECRET"}}},{"name":"OIDC_RP_SIGN_ALGO","value":"RS256"},{"name":"OIDC_RP_SCOPES","value":"openid email profile"},{"name":"OIDC_USERINFO_FULLNAME_FIELDS","value":"given_name,family_name"},{"name":"OIDC_USERINFO_SHORTNAME_FIELD","value":"given_name"},{"name":"OIDC_FALLBACK_TO_EMAIL_FOR_IDENTIFICATION","value":"true"},{"name":"OIDC_ALLOW_DUPLICATE_EMAILS","value":"false"},{"name":"OIDC_AUTH_REQUEST_EXTRA_PARAMS","value":"{}"},{"name":"OIDC_REDIRECT_ALLOWED_HOSTS","value":"docs.{{ .Values.domain }}"},{"name":"OIDC_REDIRECT_REQUIRE_HTTPS","value":"true"},{"name":"OIDC_STORE_ID_TOKEN","value":"true"},{"name":"LOGIN_REDIRECT_URL","value":"https://docs.{{ .Values.domain }}"},{"name":"LOGIN_REDIRECT_URL_FAILURE","value":"https://docs.{{ .Values.domain }}"},{"name":"LOGOUT_REDIRECT_URL","value":"https://docs.{{ .Values.domain }}"},{"name":"ALLOW_LOGOUT_GET_METHOD","value":"true"},{"name":"DJANGO_EMAIL_HOST","value":"{{ .Values.smtp.host }}"},{"name":"DJANGO_EMAIL_PORT","value":"{{ int .Values.smtp.port }}"},{"name":"DJANGO_EMAIL_HOST_USER","valueFrom":{"secretKeyRef":{"name":"docs-mail","key":"username"}}},{"name":"DJANGO_EMAIL_HOST_PASSWORD","valueFrom":{"secretKeyRef":{"name":"docs-mail","key":"password"}}},{"name":"DJANGO_EMAIL_USE_TLS","value":"{{ ternary "false" "true" (eq .Values.smtp.security "tls") }}"},{"name":"DJANGO_EMAIL_USE_SSL","value":"{{ ternary "true" "false" (eq .Values.smtp.security "tls") }}"},{"name":"DJANGO_EMAIL_FROM","value":"noreply@{{ .Values.domain }}"},{"name":"DJANGO_EMAIL_BRAND_NAME","value":{{ toRawJson .Values.brand.name }}},{"name":"DJANGO_EMAIL_URL_APP","value":"https://docs.{{ .Values.domain }}"},{"name":"DJANGO_CELERY_BROKER_URL","valueFrom":{"secretKeyRef":{"name":"docs-valkey","key":"broker-url"}}},{"name":"DB_PSYCOPG_POOL_ENABLED","value":"true"},{"name":"DB_PSYCOPG_POOL_MIN_SIZE","value":"1"},{"name":"DB_PSYCOPG_POOL_MAX_SIZE","value":"3"},{"name":"COLLABORATION_WS_URL","value":"wss://docs.{{ .Values.domain }}/collaboration/ws/"},{"name":"COLLABORATION_API_URL","value":"http://docs-y-provider.lasuite.svc.cluster.local:4444/collaboration/api/"},{"name":"COLLABORATION_SERVER_SECRET","valueFrom":{"secretKeyRef":{"name":"docs","key":"collaboration-secret"}}},{"name":"COLLABORATION_WS_NOT_CONNECTED_READ_ONLY","value":"true"},{"name":"Y_PROVIDER_API_BASE_URL","value":"http://docs-y-provider.lasuite.svc.cluster.local:4444/api/"},{"name":"Y_PROVIDER_API_KEY","valueFrom":{"secretKeyRef":{"name":"docs","key":"y-provider-api-key"}}},{"name":"AI_FEATURE_ENABLED","value":"true"},{"name":"AI_FEATURE_BLOCKNOTE_ENABLED","value":"true"},{"name":"AI_FEATURE_LEGACY_ENABLED","value":"true"},{"name":"AI_MODEL","value":{{ toRawJson .Values.ai.model }}},{"name":"OPENAI_SDK_BASE_URL","value":{{ toRawJson .Values.ai.baseUrl }}},{"name":"OPENAI_SDK_API_KEY","valueFrom":{"secretKeyRef":{"name":"docs-ai","key":"api-key"}}},{"name":"SESSION_COOKIE_AGE","value":"2592000"},{"name":"FRONTEND_HOMEPAGE_FEATURE_ENABLED","value":"false"},{"name":"FRONTEND_SILENT_LOGIN_ENABLED","value":"true"},{"name":"TRASHBIN_CUTOFF_DAYS","value":"30"},{"name":"DJANGO_SUPERUSER_EMAIL","value":{{ toRawJson .Values.adminEmail }}},{"name":"DJANGO_SUPERUSER_PASSWORD","valueFrom":{"secretKeyRef":{"name":"docs","key":"superuser-password"}}},{"name":"SSL_CERT_FILE","value":"/etc/box/trust/ca.crt"},{"name":"REQUESTS_CA_BUNDLE","value":"/etc/box/trust/ca.crt"},{"name":"NODE_EXTRA_CA_CERTS","value":"/etc/box/trust/ca.crt"}],"resources":{"requests":{"cpu":{"value":"50m"},"memory":{"value":"192Mi"}},"limits":{"memory":{"value":"512Mi"}}},"securityContext":{"allowPrivilegeEscalation":false,"privileged":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}},"volumeMounts":[{"name":"secret-docs-database","mountPath":"/etc/box/database","readOnly":true},{"name":"scratch-tmp","mountPath":"/tmp"},{"name":"config-box-trust","mountPath":"/etc/box/trust","readOnly":true}]}],"containers":[{"name":"docs-migrate","image":"docker.io/lasuite/impress-backend:v5.4.1","imagePullPolicy":"IfNotPresent","command":["python","manage.py","createsuperuser"],"args":["--email","$(DJANGO_SUPERUSER_EMAIL)","--password","$(DJANGO_SUPERUSER_PASSWORD)"],"env":[{"name":"DJANGO_CONFIGURATION","value":"Production"},{"name":"DJANGO_SETTINGS_MODULE","value":"impress.settings"},{"name":"PYTHONPATH","value":"/app"},{"name":"DJANGO_SECRET_KEY","valueFrom":{"secretKeyRef":{"name":"docs","key":"django-secret-key"}}},{"name":"DJANGO_ALLOWED_HOSTS","value":"docs.{{ .Values.domain }},docs-backend,docs-backend.lasuite.svc.cluster.local"},{"name":"DJANGO_CSRF_TRUSTED_ORIGINS","value":"https://docs.{{ .Values.domain }}"},{"name":"LOGGING_LEVEL_LOGGERS_ROOT","value":"INFO"},{"name":"LOGGING_LEVEL_LOGGERS_APP","value":"INFO"},{"name":"DATABASE_URL","value":"postgres:///docs_db?service=docs"},{"name":"PGSERVICEFILE","value":"/etc/box/database/pg_service.conf"},{"name":"PGSERVICE","value":"docs"},{"name":"REDIS_URL","valueFrom":{"secretKeyRef":{"name":"docs-valkey","key":"cache-url"}}},{"name":"CACHES_DEFAULT_KEY_PREFIX","value":"docs"},{"name":"AWS_S3_ENDPOINT_URL","value":"http://seaweedfs-filer.storage.svc.cluster.local:8333"},{"name":"AWS_S3_ACCESS_KEY_ID","valueFrom":{"secretKeyRef":{"name":"docs-s3","key":"access-key"}}},{"name":"AWS_S3_SECRET_ACCESS_KEY","valueFrom":{"secretKeyRef":{"name":"docs-s3","key":"secret-key"}}},{"name":"AWS_S3_REGION_NAME","value":"us-east-1"},{"name":"AWS_S3_SIGNATURE_VERSION","value":"s3v4"},{"name":"AWS_STORAGE_BUCKET_NAME","value":"sunbeam-docs"},{"name":"AWS_REQUEST_CHECKSUM_CALCULATION","value":"when_required"},{"name":"AWS_RESPONSE_CHECKSUM_VALIDATION","value":"when_required"},{"name":"MEDIA_BASE_URL","value":"https://docs.{{ .Values.domain }}"},{"name":"OIDC_OP_URL","value":"https://auth.{{ .Values.domain }}/"},{"name":"OIDC_OP_AUTHORIZATION_ENDPOINT","value":"https://auth.{{ .Values.domain }}/oauth2/auth"},{"name":"OIDC_OP_TOKEN_ENDPOINT","value":"http://hydra.ory.svc.cluster.local:4444/oauth2/token"},{"name":"OIDC_OP_USER_ENDPOINT","value":"http://hydra.ory.svc.cluster.local:4444/userinfo"},{"name":"OIDC_OP_JWKS_ENDPOINT","value":"http://hydra.ory.svc.cluster.local:4444/.well-known/jwks.json"},{"name":"OIDC_OP_LOGOUT_ENDPOINT","value":"https://auth.{{ .Values.domain }}/oauth2/sessions/logout"},{"name":"OIDC_RP_CLIENT_ID","valueFrom":{"secretKeyRef":{"name":"oidc-docs","key":"CLIENT_ID"}}},{"name":"OIDC_RP_CLIENT_SECRET","valueFrom":{"secretKeyRef":{"name":"oidc-docs","key":"CLIENT_SECRET"}}},{"name":"OIDC_RP_SIGN_ALGO","value":"RS256"},{"name":"OIDC_RP_SCOPES","value":"openid email profile"},{"name":"OIDC_USERINFO_FULLNAME_FIELDS","value":"given_name,family_name"},{"name":"OIDC_USERINFO_SHORTNAME_FIELD","value":"given_name"},{"name":"OIDC_FALLBACK_TO_EMAIL_FOR_IDENTIFICATION","value":"true"},{"name":"OIDC_ALLOW_DUPLICATE_EMAILS","value":"false"},{"name":"OIDC_AUTH_REQUEST_EXTRA_PARAMS","value":"{}"},{"name":"OIDC_REDIRECT_ALLOWED_HOSTS","value":"docs.{{ .Values.domain }}"},{"name":"OIDC_REDIRECT_REQUIRE_HTTPS","value":"true"},{"name":"OIDC_STORE_ID_TOKEN","value":"true"},{"name":"LOGIN_REDIRECT_URL","value":"https://docs.{{ .Values.domain }}"},{"name":"LOGIN_REDIRECT_URL_FAILURE","value":"https://docs.{{ .Values.domain }}"},{"name":"LOGOUT_REDIRECT_URL","value":"https://docs.{{ .Values.domain }}"},{"name":"ALLOW_LOGOUT_GET_METHOD","value":"true"},{"name":"DJANGO_EMAIL_HOST","value":"{{ .Values.smtp.host }}"},{"name":"DJANGO_EMAIL_PORT","value":"{{ int .Values.smtp.port }}"},{"name":"DJANGO_EMAIL_HOST_USER","valueFrom":{"secretKeyRef":{"name":"docs-mail","key":"username"}}},{"name":"DJANGO_EMAIL_HOST_PASSWORD","valueFrom":{"secretKeyRef":{"name":"docs-mail","key":"password"}}},{"name":"DJANGO_EMAIL_USE_TLS","value":"{{ ternary "false" "true" (eq .Values.smtp.security "tls") }}"},{"name":"DJANGO_EMAIL_USE_SSL","value":"{{ ternary "true" "false" (eq .Values.smtp.security "tls") }}"},{"name":"DJANGO_EMAIL_FROM","value":"noreply@{{ .Values.domain }}"},{"name":"DJANGO_EMAIL_BRAND_NAME","value":{{ toRawJson .Values.brand.name }}},{"name":"DJANGO_EMAIL_URL_APP","value":"https://docs.{{ .Values.domain }}"},{"name":"DJANGO_CELERY_BROKER_URL","valueFrom":{"secretKeyRef":{"name":"docs-valkey","key":"broker-url"}}},{"name":"DB_PSYCOPG_POOL_ENABLED","value":"true"},{"name":"DB_PSYCOPG_POOL_MIN_SIZE","value":"1"},{"name":"DB_PSYCOPG_POOL_MAX_SIZE","value":"3"},{"name":"COLLABORATION_WS_URL","value":"wss://docs.{{ .Values.domain }}/collaboration/ws/"},{"name":"COLLABORATION_API_URL","value":"http://docs-y-provider.lasuite.svc.cluster.local:4444/collaboration/api/"},{"name":"COLLABORATION_SERVER_SECRET","valueFrom":{"secretKeyRef":{"name":"docs","key":"collaboration-secret"}}},{"name":"COLLABORATION_WS_NOT_CONNECTED_READ_ONLY","value":"true"},{"name":"Y_PROVIDER_API_BASE_URL","value":"http://docs-y-provider.lasuite.svc.cluster.local:4444/api/"},{"name":"Y_PROVIDER_API_KEY","valueFrom":{"secretKeyRef":{"name":"docs","key":"y-provider-api-key"}}},{"name":"AI_FEATURE_ENABLED","value":"true"},{"name":"AI_FEATURE_BLOCKNOTE_ENABLED","value":"true"},{"name":"AI_FEATURE_LEGACY_ENABLED","value":"true"},{"name":"AI_MODEL","value":{{ toRawJson .Values.ai.model }}},{"name":"OPENAI_SDK_BASE_URL","value":{{ toRawJson .Values.ai.baseUrl }}},{"name":"OPENAI_SDK_API_KEY","valueFrom":{"secretKeyRef":{"name":"docs-ai","key":"api-key"}}},{"name":"SESSION_COOKIE_AGE","value":"2592000"},{"name":"FRONTEND_HOMEPAGE_FEATURE_ENABLED","value":"false"},{"name":"FRONTEND_SILENT_LOGIN_ENABLED","value":"true"},{"name":"TRASHBIN_CUTOFF_DAYS","value":"30"},{"name":"DJANGO_SUPERUSER_EMAIL","value":{{ toRawJson .Values.adminEmail }}},{"name":"DJANGO_SUPERUSER_PASSWORD","valueFrom":{"secretKeyRef":{"name":"docs","key":"superuser-password"}}},{"name":"SSL_CERT_FILE","value":"/etc/box/trust/ca.crt"},{"name":"REQUESTS_CA_BUNDLE","value":"/etc/box/trust/ca.crt"},{"name":"NODE_EXTRA_CA_CERTS","value":"/etc/box/trust/ca.crt"}],"resources":{"requests":{"cpu":{"value":"50m"},"memory":{"value":"192Mi"}},"limits":{"memory":{"value":"512Mi"}}},"securityContext":{"allowPrivilegeEscalation":false,"privileged":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}},"volumeMounts":[{"name":"secret-docs-database","mountPath":"/etc/box/database","readOnly":true},{"name":"scratch-tmp","mountPath":"/tmp"},{"name":"config-box-trust","mountPath":"/etc/box/trust","readOnly":true}]}],"volumes":[{"name":"secret-docs-database","secret":{"secretName":"docs-database","defaultMode":288}},{"name":"scratch-tmp","emptyDir":{"sizeLimit":{"value":"256Mi"}}},{"name":"config-box-trust","configMap":{"name":"box-trust"}}]}}{{ end }}
