"""The properties of the demo's contacts, companies and deals, as HubSpot describes properties."""

from typing import Any, Final

from integrations.demo.people import INDUSTRIES

type Json = dict[str, Any]

STAGES: Final = {"subscriber": "Subscriber", "lead": "Lead", "marketingqualifiedlead": "Marketing Qualified Lead",
                 "opportunity": "Opportunity", "customer": "Customer", "evangelist": "Evangelist"}  # fmt: skip
LEAD_STATES: Final = {"NEW": "New", "OPEN": "Open", "IN_PROGRESS": "In Progress", "UNQUALIFIED": "Unqualified"}
PLANS: Final = {"free": "Free", "starter": "Starter", "pro": "Pro", "enterprise": "Enterprise"}
PRODUCTS: Final = {"boards": "Boards", "timeline": "Timeline", "reports": "Reports & exports", "api": "API access"}
DEAL_STAGES: Final = {"appointmentscheduled": "Appointment Scheduled", "contractsent": "Contract Sent",
                      "closedwon": "Closed Won", "closedlost": "Closed Lost"}  # fmt: skip
INDUSTRY_NAMES: Final = {name.upper(): name for name in INDUSTRIES}


def definition(
    name: str, label: str, type: str = "string", field: str = "text", group: str = "contactinformation",
    options: dict[str, str] | None = None, description: str = "", **more: Any,
) -> Json:  # fmt: skip
    rows = [
        {"label": label, "value": value, "displayOrder": number, "hidden": False, "description": ""}
        for number, (value, label) in enumerate((options or {}).items())
    ]
    return {
        "name": name, "label": label, "type": type, "fieldType": field, "groupName": group, "options": rows,
        "description": description, "displayOrder": -1, "calculated": False, "externalOptions": False,
        "hasUniqueValue": False, "hidden": False, "hubspotDefined": True, "formField": True, "archived": False,
        "dataSensitivity": "non_sensitive",
        "modificationMetadata": {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": False}, **more,
    }  # fmt: skip


def kept_by_hubspot(name: str, label: str, type: str = "string", field: str = "text") -> Json:
    read_only = {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": True}
    return definition(name, label, type, field, modificationMetadata=read_only)


OF_ALL: Final = [
    kept_by_hubspot("hs_object_id", "Record ID", "number", "number"),
    kept_by_hubspot("createdate", "Create Date", "datetime", "date"),
]
YES_NO: Final = {"true": "Yes", "false": "No"}
CONTACTS: Final = [
    *OF_ALL,
    kept_by_hubspot("lastmodifieddate", "Last Modified Date", "datetime", "date"),
    kept_by_hubspot("hs_additional_emails", "Additional email addresses", "enumeration", "checkbox"),
    kept_by_hubspot("hs_merged_object_ids", "Merged record IDs", "enumeration", "checkbox"),
    definition("email", "Email", hasUniqueValue=True),
    definition("firstname", "First Name"),
    definition("lastname", "Last Name"),
    definition("jobtitle", "Job Title"),
    definition("country", "Country/Region"),
    definition("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", options=STAGES),
    definition("hs_lead_status", "Lead Status", "enumeration", "radio", options=LEAD_STATES),
    definition("plan", "Plan", "enumeration", "select", options=PLANS, hubspotDefined=False),
    definition("products", "Products of interest", "enumeration", "checkbox", options=PRODUCTS, hubspotDefined=False),
    definition("newsletter", "Newsletter", "bool", "booleancheckbox", options=YES_NO, hubspotDefined=False),
    definition("lead_score", "Lead score", "number", "number", hubspotDefined=False),
    definition("contract_start", "Contract start", "date", "date", hubspotDefined=False),
    definition("last_demo_at", "Last demo at", "datetime", "date", hubspotDefined=False),
    definition("app_user_id", "App user ID", hasUniqueValue=True, hubspotDefined=False),
]
COMPANIES: Final = [
    *OF_ALL,
    kept_by_hubspot("hs_lastmodifieddate", "Last Modified Date", "datetime", "date"),
    definition("name", "Company name", group="companyinformation"),
    definition("domain", "Company Domain Name", group="companyinformation"),
    definition("industry", "Industry", "enumeration", "select", "companyinformation", INDUSTRY_NAMES),
    definition("numberofemployees", "Number of Employees", "number", "number", "companyinformation"),
    definition("annualrevenue", "Annual Revenue", "number", "number", "companyinformation"),
    definition("country", "Country/Region", group="companyinformation"),
]
DEALS: Final = [
    *OF_ALL,
    kept_by_hubspot("hs_lastmodifieddate", "Last Modified Date", "datetime", "date"),
    definition("dealname", "Deal Name", group="dealinformation"),
    definition("amount", "Amount", "number", "number", "dealinformation"),
    definition("dealstage", "Deal Stage", "enumeration", "radio", "dealinformation", DEAL_STAGES),
    definition("closedate", "Close Date", "datetime", "date", "dealinformation"),
]
DEFINED: Final = {"contacts": CONTACTS, "companies": COMPANIES, "deals": DEALS}
