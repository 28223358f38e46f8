"""The main job, done by the client that openapi-python-client makes: python main_job.py BASE_URL, beside leaddock_client."""

import datetime
import os
import sys

sys.path.insert(0, os.getcwd())

from leaddock_client import AuthenticatedClient, Client
from leaddock_client.api.auth import auth_login
from leaddock_client.api.follow_ups import follow_ups_list
from leaddock_client.api.forms import forms_list
from leaddock_client.api.inquiries import inquiries_create, inquiries_follow_ups_create, inquiries_list, inquiries_read, inquiries_status, inquiries_update
from leaddock_client.api.intake import intake_submit
from leaddock_client.api.reports import reports_read
from leaddock_client.models import (
    FollowUpKind,
    FollowUpOutcome,
    FollowUpRequest,
    InquiriesListSort,
    InquiriesListStatusItem,
    InquiryPatchRequest,
    LoginRequest,
    NewInquiryRequest,
    PlanRequest,
    ReportsReadGroupBy,
    ReportsReadName,
    Status,
    StatusRequest,
    Submission,
)

base = sys.argv[1]
stranger = Client(base_url=base)
login = auth_login.sync(client=stranger, body=LoginRequest(email="boss@example.com", password="correct-horse-battery"))
client = AuthenticatedClient(base_url=base, token=login.access_token)
assert login.user.role.value == "admin", login

wrong = auth_login.sync_detailed(client=stranger, body=LoginRequest(email="boss@example.com", password="wrong"), accept_language="zh-CN")
assert wrong.status_code == 401 and wrong.parsed.code == "wrong_login", wrong

new = NewInquiryRequest(need="求租厂房3000-5000平方米", tax="年税收约300万元", company="启澜精密", contact="周启澜", phone="138 0013 8000", assign="me")
made = inquiries_create.sync_detailed(client=client, body=new, idempotency_key="once")
again = inquiries_create.sync_detailed(client=client, body=new, idempotency_key="once")
assert made.status_code == 201 and again.parsed.id == made.parsed.id and again.headers["Idempotency-Replayed"] == "true", (made, again)
inquiry = made.parsed
assert inquiry.phone_e164 == "+8613800138000" and inquiry.facts.area_min_sqm == 3000, inquiry

kept = intake_submit.sync(key="default", client=stranger, body=Submission(need="求租仓库2000平方米", contact="林静秋", phone="139 1395 7246"))
assert kept.receipt_id.startswith("rcp_"), kept

wanted = dict(status=[InquiriesListStatusItem.NEW, InquiriesListStatusItem.CONTACTED], sort=InquiriesListSort.VALUE_1, limit=10, count=True)
page = inquiries_list.sync(client=client, **wanted, received_from=datetime.date(2020, 1, 1))
assert page.total == 2 and page.data[1].id == inquiry.id, page
nothing = inquiries_list.sync_detailed(client=client, limit=500)
assert nothing.status_code == 400 and nothing.parsed.errors[0].pointer == "?limit", nothing

due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
call = FollowUpRequest(kind=FollowUpKind.CALL, outcome=FollowUpOutcome.REACHED, note="下周三看房", next_=PlanRequest(kind=FollowUpKind.VIEWING, due_at=due))
logged = inquiries_follow_ups_create.sync_detailed(id=inquiry.id, client=client, body=call)
assert logged.status_code == 201 and logged.headers["Location"].endswith(logged.parsed.id), logged
assert len(follow_ups_list.sync(client=client).data) == 2

now = inquiries_read.sync(id=inquiry.id, client=client)
assert now.first_contacted_at is not None and now.next_follow_up_at is not None, now
stale = inquiries_update.sync_detailed(id=inquiry.id, client=client, body=InquiryPatchRequest(tags=["重点"]), if_match='"0"')
assert stale.status_code == 412 and stale.parsed.code == "stale", stale
changed = inquiries_update.sync(id=inquiry.id, client=client, body=InquiryPatchRequest(tags=["重点"]), if_match=f'"{now.version}"')
assert changed.tags == ["重点"] and changed.version == now.version + 1, changed
moved = inquiries_status.sync(id=inquiry.id, client=client, body=StatusRequest(status=Status.QUALIFIED))
assert moved.status is Status.QUALIFIED, moved

report = reports_read.sync(name=ReportsReadName.OVERVIEW, client=client, group_by=ReportsReadGroupBy.NONE, accept_language="zh-CN")
assert (report.totals["received"], report.totals["qualified"], len(report.rows)) == (2, 1, 1), report
labels = {column.key: column.label for column in report.columns}
assert labels["received"] == "收到", report.columns
assert forms_list.sync(client=client).data[0].key == "default"
print("the main job was done by the generated client")
