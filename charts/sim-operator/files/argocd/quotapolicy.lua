-- Health of a QuotaPolicy for Argo CD. The conditions follow kstatus, and so does this.
local verdicts = {
  Reconciled = "Healthy",
  -- A fleet without SIMs yet is no fault.
  NoMatch = "Healthy",
  -- It ends by itself, or its cause is a SIMAccount, which is Degraded then: one cause, one alarm.
  Progressing = "Progressing",
  UsageUnknown = "Progressing",
  AccountNotReady = "Progressing",
  InvalidTimeZone = "Degraded",
  Failed = "Degraded",
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
