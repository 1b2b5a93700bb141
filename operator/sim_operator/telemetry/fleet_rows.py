"""The metrics of the fleet: each SIM, its sums by namespace and account, each policy."""

from sim_operator.telemetry.rows import (
    SIM,
    Kind,
    MetricRow,
    Source,
    namespace_row,
    policy_row,
    sim_row,
)

SIM_INFO = MetricRow(
    "sim_info",
    Kind.INFO,
    (*SIM, "account", "label", "imei", "ip"),
    "What is known of the SIM that a resource claims; always 1.",
    Source.SIMS,
)

SIM_ROWS: tuple[MetricRow, ...] = (
    SIM_INFO,
    sim_row(
        "sim_enabled", "enabled", "1 while the SIM is enabled at 1NCE, 0 while it is disabled."
    ),
    sim_row("sim_session_online", "online", "1 while the SIM has a data session."),
    sim_row("sim_ready", "ready", "1 while the SIM resource is Ready."),
    sim_row(
        "sim_suspended", "suspended", "1 for a SIM that spec.suspend leaves alone; others: none."
    ),
    sim_row("sim_data_quota_bytes", "data_quota_bytes", "Data volume bought.", "bytes"),
    sim_row(
        "sim_data_quota_remaining_bytes",
        "data_quota_remaining_bytes",
        "Data volume left; below 0 where 1NCE booked late.",
        "bytes",
    ),
    sim_row(
        "sim_data_usage_bytes",
        "data_usage_bytes",
        "Data used in this period, as status.usage tells it: of the policy that counts the SIM, or "
        "without one of the month in UTC, where it is read for the history.",
        "bytes",
    ),
    sim_row("sim_sms_quota", "sms_quota", "SMS bought."),
    sim_row("sim_sms_quota_remaining", "sms_quota_remaining", "SMS left."),
    sim_row("sim_sms_usage", "sms_usage", "SMS used in this period, likewise."),
    sim_row(
        "sim_quota_expiry_timestamp_seconds",
        "quota_expiry",
        "When the data volume expires.",
        "seconds",
    ),
)

NAMESPACE_ROWS: tuple[MetricRow, ...] = (
    namespace_row(
        "simaccount_sim_conditions",
        "conditions",
        "SIM resources by condition; type is Ready or Synced.",
        by=("type", "status", "reason"),
    ),
    namespace_row(
        "simaccount_sim_condition_oldest_timestamp_seconds",
        "oldest",
        "Since when the first of these SIM resources has had this status of the condition.",
        "seconds",
        by=("type", "status", "reason"),
    ),
    namespace_row(
        "simaccount_sim_sessions",
        "sessions",
        "SIM resources by session: Online, Attached, Offline, Blocked, Unknown.",
        by=("session",),
    ),
    namespace_row(
        "simaccount_sim_quota_levels",
        "quota_levels",
        "SIM resources by what is left: Sufficient, Low (20 % or less), Exhausted; of the service "
        "data or sms.",
        by=("service", "level"),
    ),
    namespace_row(
        "simaccount_sims_expiring",
        "expiring",
        "SIM resources whose data volume expires within 90 days, or has expired.",
    ),
    namespace_row(
        "simaccount_data_quota_bytes",
        "data_quota_bytes",
        "Data volume bought, of all SIM resources of which it is known what is left.",
        "bytes",
    ),
    namespace_row(
        "simaccount_data_quota_remaining_bytes",
        "data_quota_remaining_bytes",
        "Data volume left, of the same SIM resources; what was bought less this is what was used.",
        "bytes",
    ),
    namespace_row(
        "simaccount_data_usage_bytes",
        "data_usage_bytes",
        "Data used in the period of each SIM, of the SIM resources that a policy counts or that "
        "are read for the history.",
        "bytes",
    ),
    namespace_row(
        "simaccount_sms_quota",
        "sms_quota",
        "SMS bought, of all SIM resources of which it is known what is left.",
    ),
    namespace_row(
        "simaccount_sms_quota_remaining",
        "sms_quota_remaining",
        "SMS left, of the same SIM resources.",
    ),
    namespace_row(
        "simaccount_sms_usage",
        "sms_usage",
        "SMS used in the period of each SIM, of the SIM resources whose use of data is told.",
    ),
)

POLICY_ROWS: tuple[MetricRow, ...] = (
    policy_row(
        "quotapolicy_sims",
        "sims",
        "SIMs of the policy, by state, which overlap: matched, warned, exceeded, disabled, held. "
        "Of a policy in Audit the last two say how many there would be.",
        by=("state",),
    ),
    policy_row(
        "quotapolicy_pool_data_used_bytes",
        "pool_data_used_bytes",
        "Data used by the pool in this period.",
        "bytes",
    ),
    policy_row(
        "quotapolicy_pool_data_limit_bytes",
        "pool_data_limit_bytes",
        "Data that the pool may use in a period.",
        "bytes",
    ),
    policy_row(
        "quotapolicy_max_overshoot_bytes",
        "max_overshoot_bytes",
        "How far past its limit a SIM can get before it is off.",
        "bytes",
    ),
    policy_row(
        "quotapolicy_exhaustion_timestamp_seconds",
        "exhaustion",
        "Day on which the pool, or without one the first SIM, is expected to reach its limit.",
        "seconds",
    ),
    policy_row(
        "quotapolicy_usage_oldest_timestamp_seconds",
        "oldest_usage",
        "When the oldest usage figure behind this policy was read.",
        "seconds",
    ),
)
