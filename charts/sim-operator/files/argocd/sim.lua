-- Health of a SIM for Argo CD. The conditions follow kstatus; where Argo CD should say something
-- else than kstatus would, a comment says why.
local verdicts = {
  Reconciled = "Healthy",
  Observing = "Healthy",
  DisabledByPolicy = "Healthy",
  Suspended = "Suspended",
  -- It ends by itself, or its cause is a SIMAccount, which is Degraded then: one cause, one alarm.
  Progressing = "Progressing",
  AccountNotReady = "Progressing",
  Stale = "Progressing",
  DisableHeld = "Progressing",
  -- Tried again, but 1NCE may go on refusing until somebody corrects the spec. Progressing would
  -- make a sync wait, and so keep out the very commit that corrects it.
  Failed = "Degraded",
  NotFound = "Degraded",
  Conflict = "Degraded",
  InvalidICCID = "Degraded",
  AccountNotFound = "Degraded",
  AccountNotAllowed = "Degraded",
  Expired = "Degraded",
  QuotaExhausted = "Degraded",
}

local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not considered this generation yet."}
end
local found = {}
for _, condition in ipairs(status.conditions or {}) do
  found[condition.type] = condition
end
local ready, synced, stalled = found.Ready, found.Synced, found.Stalled
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
if synced ~= nil and synced.status == "False" then
  if synced.reason == "Contested" then -- somebody has to find out who changes it back
    health.status = "Degraded"
  end
  if synced.reason ~= ready.reason then
    health.message = health.message .. " " .. synced.reason .. ": " .. synced.message
  end
end
return health
