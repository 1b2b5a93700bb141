"""Every field of every answer of 1NCE's Management API, v1 and v2: name, JSON type, form."""

from tests.contract.shapes import (
    Matching,
    Shape,
    address,
    boolean,
    decimal,
    digits,
    integer,
    iso,
    null,
    number,
    numeric_offset,
    one_of,
    spaced,
    text,
)

iccid = Matching(r"8988303\d{12}")
imei = Matching(r"\d{16}|\d{15}f?")

TOKEN: Shape = {
    "status_code": one_of(200),
    "access_token": text,
    "token_type": one_of("bearer"),
    "expires_in": integer,
    "userId": one_of("user"),
    "scope": one_of("all"),
}
OAUTH_ERROR: Shape = {
    "statusCode": one_of(400),
    "errorCode": one_of(
        "BadCredentials",
        "AuthValidationError",
        "BodyValidationError",
        "UnsupportedContentTypeError",
    ),
    "message": text,
}
MESSAGE: Shape = {"message": text}
V2_ERROR: Shape = {"error_code": number, "error_token": text, "message": text}

QUOTA_STATUS: Shape = {
    "id": one_of(0, 1, 2),
    "description": text,
    "threshold_reached_date?": numeric_offset,
    "quota_exceeded_date?": numeric_offset,
}
SIM: Shape = {
    "iccid": iccid,
    "iccid_with_luhn?": Matching(r"8988303\d{13}"),
    "imsi": Matching(r"90140\d{10}"),
    "imsi_2?": Matching(r"\d{15}"),
    "current_imsi?": Matching(r"\d{15}"),
    "msisdn": Matching(r"88228\d{10}"),
    "imei?": one_of(imei, null),
    "imei_lock": boolean,
    "status": one_of("Enabled", "Disabled"),
    "activation_date?": one_of(numeric_offset, null),
    "ip_address": address,
    "current_quota": number,
    "quota_status": QUOTA_STATUS,
    "current_quota_SMS": number,
    "quota_status_SMS": QUOTA_STATUS,
    "label?": text,
}

QUOTA_SMS_V1: dict[str, Shape] = {
    "volume": number,
    "total_volume": number,
    "expiry_date": spaced,
    "last_volume_added": number,
    "last_status_change_date": spaced,
    "threshold_percentage": one_of(20),
}
QUOTA_DATA_V1: Shape = {**QUOTA_SMS_V1, "peak_throughput": integer}
QUOTA_V2: Shape = {
    "id": integer,
    "service": one_of("data", "sms"),
    "status": one_of(
        {"id": 0, "description": "EXHAUSTED"},
        {"id": 1, "description": "ACTIVE"},
        {"id": 2, "description": "EXPIRED"},
    ),
    "volume": number,
    "total_volume": number,
    "accumulated_total_volume": number,
    "last_volume_added": number,
    "threshold_percentage": one_of(20),
    "threshold_volume": number,
    "expiry_date": iso,
    "created_at": iso,
}

_CURRENCY: Shape = {"id": integer, "symbol": one_of("€"), "code": one_of("EUR")}


def _usage(description: str, unit: str, volume: Shape) -> Shape:
    return {
        "cost": volume,
        "currency": _CURRENCY,
        "traffic_type": {
            "id": integer,
            "description": one_of(description),
            "unit": one_of(unit),
        },
        "volume": volume,
        "volume_rx": volume,
        "volume_tx": volume,
    }


USAGE: Shape = {
    "stats": [
        {
            "date": one_of(iso, "TOTAL"),
            "data": _usage("Data", "MB", decimal),
            "sms": _usage("SMS", "SMS", digits),
        }
    ]
}

EVENTS_V1: Shape = {
    "events": [
        {
            "timestamp": numeric_offset,
            "event_type": text,
            "iccid?": iccid,
            "imei?": imei,
            "imsi?": text,
            "country?": text,
            "operator?": text,
            "mcc?": digits,
            "mnc?": digits,
            "alert?": boolean,
            "event_severity?": text,
        }
    ],
    "totalEvents": integer,
    "totalPages": integer,
}
_NAMED: Shape = {"id": integer, "description": text}
_NETWORK_DETAIL: dict[str, Shape] = {
    "id?": integer,
    "name?": text,
    "country?": {
        "id": integer,
        "name": text,
        "country_code": digits,
        "mcc": digits,
        "iso_code": text,
    },
    "mnc?": [{"id": integer, "mnc": digits}],
    "quota?": {
        "volume": number,
        "threshold_volume": number,
        "threshold_percentage": integer,
        "total_volume": number,
    },
}
EVENT_V2: dict[str, Shape] = {
    "id": integer,
    "event_type": _NAMED,
    "timestamp": iso,
    "alert": boolean,
    "user": null,
    "description": text,
    "event_source": _NAMED,
    "event_severity": {"id": one_of(0, 1, 2), "description": one_of("INFO", "WARN", "CRITICAL")},
    "organisation": {"id": integer, "name": digits},
    "endpoint": {"id": integer, "name": text, "ip_address": address, "imei": one_of(imei, null)},
    "sim": {"id": integer, "iccid": iccid, "msisdn": text},
    "imsi": {"id": integer, "imsi": text},
}
EVENTS_V2: Shape = [EVENT_V2 | {"detail": _NETWORK_DETAIL}]
EVENTS_V2_WITHOUT_DETAIL: Shape = [EVENT_V2 | {"detail": null}]

_SMS: dict[str, Shape] = {
    "id": integer,
    "submit_date": iso,
    "delivery_date?": iso,
    "expiry_date": iso,
    "final_date?": iso,
    "last_delivery_attempt": iso,
    "source_address": text,
    "iccid": iccid,
    "msisdn": text,
    "imsi": text,
    "dcs": one_of(0, 4, 8),
    "udh": text,
    "payload": text,
    "status": one_of(
        {"id": 2, "description": "PENDING"},
        {"id": 4, "description": "DELIVERED"},
        {"id": 5, "description": "FAILED"},
        {"id": 6, "description": "EXPIRED"},
    ),
    "sms_type": one_of({"id": 1, "description": "MT"}, {"id": 2, "description": "MO"}),
}
SMS_V1: Shape = {
    **_SMS,
    "retry_count": digits,
    "msc": digits,
    "source_address_type": {"id": one_of(145, 161, 208)},
}
SMS_V2: Shape = {
    **_SMS,
    "retry_count": integer,
    "msc": integer,
    "retry_date": one_of(iso, null),
    "gsm_map_error": one_of(text, null),
    "pid": integer,
    "sim_id": integer,
    "endpoint": {"id": integer, "name": text},
    "source_address_type": {"id": one_of(145, 161, 208), "description": text},
}

_DATA_LIMIT: Shape = {"id": integer, "limit": digits, "unit": one_of("MB")}
_SMS_LIMIT: Shape = {"id": integer, "limit": digits, "unit": one_of("SMS")}
LIMITS: Shape = {"data": _DATA_LIMIT, "smsMt": _SMS_LIMIT, "smsMo": _SMS_LIMIT}
DATA_STEPS: Shape = [_DATA_LIMIT]
SMS_STEPS: Shape = [_SMS_LIMIT]

ORDER: Shape = {
    "order_number": integer,
    "order_type": one_of("FIRST_ORDER", "ADDITIONAL_ORDER", "TOPUP", "BULK_TOPUP", "TARIFF_CHANGE"),
    "order_date": iso,
    "order_status": text,
    "invoice_number": text,
    "invoice_amount": Matching(r"\d+\.\d\d"),
    "currency": one_of("EUR"),
    "shipping_address": null,
    "sims": [{"iccid": iccid, "_links": [{"rel": text, "href": text}]}],
    "products": [{"product_id": integer, "quantity": integer}],
}
_CHARGE: Shape = {"name": text, "amount_net": number, "currency": one_of("EUR")}
PRODUCT: Shape = {
    "id": integer,
    "product": text,
    "material": text,
    "package_size": integer,
    "minQuantity": integer,
    "maxQuantity": integer,
    "maxQuantityPerCustomer": integer,
    "min_contract_duration": one_of(120),
    "one_time_charges": [_CHARGE],
    "recurring_charges": [_CHARGE],
}
SUPPORT_CASE: Shape = {
    "caseId": text,
    "status": one_of("OPEN", "IN_PROGRESS", "CLOSED"),
    "communications": [
        {
            "id": text,
            "communicationDate": iso,
            "direction": one_of("IN", "OUT"),
            "originator": text,
            "subject": text,
            "text": text,
            "type": one_of("PORTAL", "PHONE_IN", "PHONE_OUT", "MAIL_IN", "MAIL_OUT"),
        }
    ],
    "createDate": iso,
    "solvedDate": one_of(iso, null),
    "subject": text,
    "text": text,
}
