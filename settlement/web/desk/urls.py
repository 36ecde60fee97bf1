"""Addresses of the desk."""

from django.urls import URLPattern, URLResolver, path

from settlement.web.desk import bulk, other_keys, pages, payments, placements, review, settlements

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.today, name="desk"),
    path("settlements/", settlements.settlements_list, name="settlements"),
    path("settlements/bulk/", bulk.bulk_open, name="settlements_bulk_open"),
    path("settlements/bulk/<uuid:batch>/", bulk.bulk_decide, name="settlements_bulk"),
    path("settlements/<int:number>/", review.settlement_review, name="settlement"),
    path("settlements/<int:number>/evidence/", settlements.settlement_evidence, name="settlement_evidence"),
    path("settlements/<int:number>/decide/", review.decide_settlement, name="settlement_decide"),
    path("keys/", other_keys.other_keys, name="second_keys"),
    path("keys/<str:code>/<str:kind>/<path:number>/", other_keys.other_key, name="second_key"),
    path("placements/", placements.placements_page, name="placements"),
    path("placements/order/", placements.placement_order, name="placement_order"),
    path("placements/<int:number>/cancel/", placements.placement_cancel, name="placement_cancel"),
    path("payments/", payments.payments_list, name="payments"),
    path("payments/<str:code>/file/", payments.file_payments, name="payments_file"),
    path("payments/<str:message_id>/", payments.payment_file, name="payment"),
]
