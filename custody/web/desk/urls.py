"""Addresses of custody's pages at the desk."""

from django.urls import URLPattern, URLResolver, path

from custody.web.desk import breaks, days, funds, imports, log, papers, people, suspense

FUND = "funds/<str:code>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("suspense/", suspense.suspense_list, name="suspense"),
    path("suspense/identified/", suspense.identified_list, name="identified"),
    path("suspense/<int:line_id>/", suspense.suspense_line, name="suspense_line"),
    path("suspense/<int:line_id>/undo/", suspense.undo_line, name="suspense_undo"),
    path("breaks/", breaks.breaks_list, name="breaks"),
    path("breaks/orders/<int:number>/void/", breaks.order_void, name="order_void"),
    path("breaks/<int:line_id>/", breaks.break_line, name="break_line"),
    path("breaks/<int:line_id>/<int:number>/withdraw/", breaks.break_withdraw, name="break_withdraw"),
    path("imports/", imports.imports_list, name="imports"),
    path("imports/<int:number>/", imports.upload_page, name="upload"),
    path("imports/<int:number>/confirm/", imports.upload_confirm, name="upload_confirm"),
    path("imports/<int:number>/resume/", imports.upload_resume, name="upload_resume"),
    path("days/", days.days_list, name="days"),
    path("days/<str:on>/", days.day_page, name="day"),
    path("days/<str:on>/prepare/", days.day_prepare, name="day_prepare"),
    path("log/", log.key_log, name="log"),
    path("log/refusals/", log.refusal_log, name="log_refusals"),
    path("people/", people.people_page, name="people"),
    path("people/keys/", people.keys_page, name="people_keys"),
    path("people/keys/propose/", people.propose_device_of, name="people_device"),
    path("people/keys/<int:number>/revoke/", people.revoke_key, name="people_revoke"),
    path("people/seats/", people.propose_person, name="people_propose"),
    path("funds/", funds.funds_list, name="funds"),
    path(FUND, funds.fund_page, name="fund"),
    path(f"{FUND}ledger/", funds.fund_ledger, name="fund_ledger"),
    path(f"{FUND}ledger/<int:sequence>/", funds.fund_entry, name="fund_entry"),
    path(f"{FUND}deed/", funds.fund_deed, name="fund_deed"),
    path(f"{FUND}documents/", papers.fund_documents, name="fund_documents"),
    path(f"{FUND}documents/<int:number>/", papers.fund_document, name="fund_document"),
]
