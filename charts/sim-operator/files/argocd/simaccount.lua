-- Health of a SIMAccount for Argo CD. The conditions follow kstatus; where Argo CD should say
-- something else than kstatus would, a comment says why.
local verdicts = {
  Reconciled = "Healthy",
  Paused = "Suspended",
  Progressing = "Progressing",
  -- 1NCE has said when to come back.
  RateLimited = "Progressing",
  -- It may end by itself, but nobody knows when: nothing is read or written until then.
  Unreachable = "Degraded",
  InvalidCredentials = "Degraded",
  SecretNotFound = "Degraded",
  SweepRejected = "Degraded",
  EndpointNotAllowed = "Degraded",
  DuplicateAccount = "Degraded",
}

local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not considered this generation yet."}
end
local found = {}
for _, condition in ipairs(status.conditions or {}) do
  found[condition.type] = condition
end
local ready, stalled = found.Ready, found.Stalled
if ready == nil then
  return {status = "Progressing", message = "The operator has not said yet how it stands."}
end

local health = {status = verdicts[ready.reason], message = ready.reason .. ": " .. ready.message}
if health.status == nil then -- a reason of another version of the operator
  if stalled ~= nil and stalled.status == "True" then
    health.status = "Degraded"
  elseif ready.status == "True" then
    health.status = "Healthy"
  else
    health.status = "Progressing"
  end
end
return health
