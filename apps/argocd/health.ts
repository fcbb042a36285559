/** Finds a condition, and ends with a verdict. */
const prelude = `local function verdict(status, message)
  return { status = status, message = message }
end
local function condition(kind)
  for _, one in ipairs(obj.status.conditions or {}) do
    if one.type == kind then return one end
  end
  return nil
end
if obj.status == nil then
  return verdict("Progressing", "not seen by its controller yet")
end
`;

/**
 * Health of the kinds Argo CD knows nothing about, by `<group>_<Kind>`. Without these a wave would count as healthy as
 * soon as its objects exist.
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/health/
 */
export const healthChecks: Readonly<Record<string, string>> = {
  // taken out of Argo CD in 1.8; with `installer: argocd` the waves wait for the operators' charts by it
  'argoproj.io_Application': application(),
  'helm.cattle.io_HelmChart': helmChart(),
  'secrets.hashicorp.com_VaultConnection': vaultOf('obj.status.valid == true', 'the connection is not valid'),
  'secrets.hashicorp.com_VaultAuth': vaultOf(
    'obj.status.valid == true',
    'the vault does not accept the login',
  ),
  'secrets.hashicorp.com_VaultStaticSecret': vaultOf(
    'obj.status.secretMAC ~= nil and obj.status.secretMAC ~= ""',
    'waiting for the first value',
  ),
  'secrets.hashicorp.com_VaultDynamicSecret': vaultOf(
    'obj.status.lastRenewalTime ~= nil and obj.status.lastRenewalTime > 0',
    'waiting for the first login',
  ),
  'hydra.ory.sh_OAuth2Client': oauth2Client(),
};

function application(): string {
  return `${prelude}if obj.status.health == nil or obj.status.health.status == nil then
  return verdict("Progressing", "not assessed yet")
end
return verdict(obj.status.health.status, obj.status.health.message or "")
`;
}

/** k3s says that its Job exists, or that it failed; success shows in the objects of the next wave. */
function helmChart(): string {
  return `${prelude}local failed = condition("Failed")
if failed ~= nil and failed.status == "True" then
  return verdict("Degraded", failed.message or failed.reason)
end
if obj.status.jobName == nil or obj.status.jobName == "" then
  return verdict("Progressing", "waiting for the installing Job")
end
return verdict("Healthy", "installed by Job " .. obj.status.jobName)
`;
}

/** Newer versions of the operator have a condition Ready; older ones only a field of their own. */
function vaultOf(isDone: string, waiting: string): string {
  return `${prelude}local ready = condition("Ready")
if ready ~= nil and ready.status == "True" then
  return verdict("Healthy", ready.message or "ready")
end
if ready ~= nil and ready.status == "False" then
  return verdict("Degraded", ready.message or ready.reason)
end
if ${isDone} then
  return verdict("Healthy", "ready")
end
return verdict("Progressing", ${JSON.stringify(waiting)})
`;
}

function oauth2Client(): string {
  return `${prelude}local problem = obj.status.reconciliationError
if problem ~= nil and problem.statusCode ~= nil and problem.statusCode ~= "" then
  return verdict("Degraded", problem.statusCode .. ": " .. (problem.description or ""))
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  return verdict("Progressing", "waiting for the client to be registered")
end
return verdict("Healthy", "registered")
`;
}
