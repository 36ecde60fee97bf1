"""Addresses of the firm's portal."""

from django.urls import URLPattern, URLResolver, path

from settlement.web.firm import invoices, pages, remuneration, submitting

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.portal, name="firm"),
    path("submit/", submitting.submit_invoices, name="firm_submit"),
    path("submit/<uuid:submission_id>/", submitting.show_submission, name="firm_submission"),
    path("submit/<uuid:submission_id>/confirm/", submitting.confirm_invoices, name="firm_confirm"),
    path("submit/<uuid:submission_id>/marked.xlsx", submitting.marked_workbook, name="firm_marked"),
    path("invoices/", invoices.list_invoices, name="firm_invoices"),
    path("invoices/<int:pk>/", invoices.show_invoice, name="firm_invoice"),
    path("invoices/<int:pk>/answer/", invoices.answer_invoice, name="firm_answer"),
    path("invoices/<int:pk>/resubmit/", invoices.resubmit_invoice_again, name="firm_resubmit"),
    path("invoices/<int:pk>/cancel/", invoices.call_off_invoice, name="firm_call_off"),
    path("work/", pages.list_work, name="firm_work"),
    path("fees/", remuneration.show_fees, name="firm_fees"),
    path("templates/<str:kind>.xlsx", submitting.firm_template, name="firm_template"),
]
