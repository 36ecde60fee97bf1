"""The estates the replay is tried on: each another bank, another quarter and another deed."""

from typing import Any

VARIANTS: dict[str, dict[str, Any]] = {
    "approved expenditure, GB18030 newest first, returned invoices": {
        "seed": 4101,
        "quarter": "2025Q4",
        "bad_invoices": True,
    },
    "collected income whose rates change, signed column, a broken batch": {
        "seed": 4202,
        "quarter": "2026Q1",
        "layout": "utf-8 csv, one signed column",
        "base": "COLLECTED_INCOME",
        "base_rate": "0.15",
        "performance_rate": "0.03",
        "trustee_rate": "0.003",
        "changed": (("基础酬金率", "0.125"), ("信托报酬年费率", "0.0036")),
        "score": 94,
        "broken_batch": True,
        "placement": "time",
    },
    "collected income, direction flag, a late invoice, no grant, a deposit still out": {
        "seed": 4303,
        "quarter": "2025Q2",
        "layout": "xlsx, direction flag",
        "base": "COLLECTED_INCOME",
        "score": 69,
        "floor_months": 1,
        "late_invoice": True,
        "grant": None,
        "placement": "open",
        "reversal_of": "suspense",
        "batch_prefix": "P",
    },
    "a leap quarter whose base changes, html, no placement, returned invoices": {
        "seed": 4404,
        "quarter": "2024Q1",
        "layout": "html named xls, two columns",
        "changed": (("酬金基数", "COLLECTED_INCOME"), ("绩效酬金率", "0.02")),
        "score": 95,
        "bad_invoices": True,
        "placement": "none",
    },
    "collected income, old xls, money in transit at the end, a broken batch": {
        "seed": 4505,
        "quarter": "2025Q3",
        "layout": "real xls, two columns",
        "base": "COLLECTED_INCOME",
        "base_rate": "0.08",
        "performance_rate": "0.025",
        "tiers": "90:1.00;85:0.55;0:0.00",
        "score": 85,
        "broken_batch": True,
        "in_transit_at_end": True,
    },
}
