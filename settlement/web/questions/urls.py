"""Addresses where the protector's questions are answered."""

from django.urls import URLPattern, URLResolver, path

from settlement.web.questions import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.questions_waiting, name="questions"),
    path("<int:question_id>/", pages.answer_one, name="question_answer"),
]
