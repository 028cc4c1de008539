"""All ports that one SQL database keeps."""

from typing import NamedTuple, Self

from intervene.adapters.sql.addresses import SqlAddresses
from intervene.adapters.sql.attendance import SqlAttendance
from intervene.adapters.sql.audit import SqlAudit
from intervene.adapters.sql.blocks import SqlBlocks
from intervene.adapters.sql.contacts import SqlContacts
from intervene.adapters.sql.database import Database
from intervene.adapters.sql.drafts import SqlDrafts
from intervene.adapters.sql.history import SqlHistory
from intervene.adapters.sql.inbox import SqlInbox
from intervene.adapters.sql.joins import SqlJoins
from intervene.adapters.sql.nodes import SqlNodes
from intervene.adapters.sql.organisations import SqlOrganisations
from intervene.adapters.sql.people import SqlPeople
from intervene.adapters.sql.policies import SqlPolicies
from intervene.adapters.sql.read_positions import SqlReadPositions
from intervene.adapters.sql.retention import SqlRetention
from intervene.adapters.sql.schedule import SqlSchedule
from intervene.adapters.sql.settings import SqlSettings
from intervene.adapters.sql.sign_in import SqlAttempts, SqlDevices, SqlLinks
from intervene.adapters.sql.signing_keys import SqlSigningKeys
from intervene.adapters.sql.takeover_times import SqlTakeoverTimes
from intervene.adapters.sql.versions import SqlVersions
from intervene.ports.addresses import Addresses
from intervene.ports.attendance import Attendance
from intervene.ports.audit import Audit
from intervene.ports.blocks import Blocks
from intervene.ports.contacts import Contacts
from intervene.ports.drafts import Drafts
from intervene.ports.history import History
from intervene.ports.inbox import Inbox
from intervene.ports.joins import Joins
from intervene.ports.log import Log
from intervene.ports.nodes import Nodes
from intervene.ports.organisations import Organisations
from intervene.ports.people import People
from intervene.ports.policies import Policies
from intervene.ports.read_positions import ReadPositions
from intervene.ports.retention import Retention
from intervene.ports.schedule import Schedule
from intervene.ports.settings import Settings
from intervene.ports.sign_in import Attempts, Devices, Links
from intervene.ports.signing_keys import SigningKeys
from intervene.ports.takeover_times import TakeoverTimes
from intervene.ports.versions import Versions


class Store(NamedTuple):
    log: Log
    schedule: Schedule
    retention: Retention
    inbox: Inbox
    addresses: Addresses
    takeover_times: TakeoverTimes
    read_positions: ReadPositions
    nodes: Nodes
    attendance: Attendance
    policies: Policies
    audit: Audit
    organisations: Organisations
    people: People
    versions: Versions
    settings: Settings
    devices: Devices
    links: Links
    attempts: Attempts
    history: History
    signing_keys: SigningKeys
    contacts: Contacts
    blocks: Blocks
    drafts: Drafts
    joins: Joins

    @classmethod
    def of(cls, log: Log, database: Database) -> Self:
        """`log` is each engine's own; all else is the same on both."""
        return cls(
            log,
            SqlSchedule(database),
            SqlRetention(database),
            SqlInbox(database),
            SqlAddresses(database),
            SqlTakeoverTimes(database),
            SqlReadPositions(database),
            SqlNodes(database),
            SqlAttendance(database),
            SqlPolicies(database),
            SqlAudit(database),
            SqlOrganisations(database),
            SqlPeople(database),
            SqlVersions(database),
            SqlSettings(database),
            SqlDevices(database),
            SqlLinks(database),
            SqlAttempts(database),
            SqlHistory(database),
            SqlSigningKeys(database),
            SqlContacts(database),
            SqlBlocks(database),
            SqlDrafts(database),
            SqlJoins(database),
        )
