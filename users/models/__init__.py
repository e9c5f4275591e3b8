from .account import Account
from .attributes import CUSTOM, NATIVE, Attribute
from .end_user import BlockedId, EndUser, Identity, Merge, Provenance, SearchTerm
from .history import AttributeChange, CallCount, IngestEntry, OriginKind, SeenMessage
from .project import AccessLink, ApiKey, Project, ProjectMember, ProjectPreference, RateLease
from .tags import Tag, UserTag
from .work import Figure, Job, JobItem, WorkerBeat

__all__ = [
    "CUSTOM",
    "NATIVE",
    "AccessLink",
    "Account",
    "ApiKey",
    "Attribute",
    "AttributeChange",
    "BlockedId",
    "CallCount",
    "EndUser",
    "Figure",
    "Identity",
    "IngestEntry",
    "Job",
    "JobItem",
    "Merge",
    "OriginKind",
    "Project",
    "ProjectMember",
    "ProjectPreference",
    "Provenance",
    "RateLease",
    "SearchTerm",
    "SeenMessage",
    "Tag",
    "UserTag",
    "WorkerBeat",
]
