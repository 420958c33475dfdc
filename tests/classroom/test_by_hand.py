"""What a teacher gave by hand is found, and told when another submission takes its place."""

import pytest
from small_class import TINY

from cnn_lab.classroom.marking import by_hand

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:nbgrader"),
]


def test_all_that_was_given_is_found_for_this_student_only(course):
    with course.gradebook() as book:
        for student in ("ada", "bob", "eve"):
            book.add_student(student)
            book.add_submission(TINY, student)
        first = book.find_grade("tiny_check_relu", TINY, TINY, "ada")
        first.manual_score, first.extra_credit = 0.0, 0.5
        book.find_comment("tiny_relu", TINY, TINY, "ada").manual_comment = "Why?"
        book.find_grade("tiny_check_predict", TINY, TINY, "bob").extra_credit = 1.0
        book.find_grade("tiny_check_predict", TINY, TINY, "eve").auto_score = 1.0
        book.find_comment("tiny_relu", TINY, TINY, "eve").auto_comment = "No response."
        book.db.commit()
        assert by_hand.given(book, TINY, "ada") == [
            {"notebook": TINY, "cell": "tiny_check_relu", "points": 0.0, "extra": 0.5},
            {"notebook": TINY, "cell": "tiny_relu", "comment": "Why?"},
        ]
        assert by_hand.given(book, TINY, "bob") == [
            {"notebook": TINY, "cell": "tiny_check_predict", "extra": 1.0}
        ]
        assert by_hand.given(book, TINY, "eve") == by_hand.given(book, TINY, "nobody") == []


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"points": 1.0}, "your 1 point stands from the hand-in before; the new answer has 2"),
        ({"points": 0.0}, "your 0 points stand from"),
        ({"extra": 0.5}, "your 0.5 extra points stand from"),
        ({"comment": "Why?"}, "your comment stands from"),
        ({"points": 1.0, "comment": "Why?"}, "your 1 point and comment stand from"),
    ],
)
def test_findings_say_what_stands_and_what_the_new_answer_has(entry, sentence):
    entry = {"notebook": "04", "cell": "relu", **entry}
    (finding,) = by_hand.findings([entry], {"04": {"relu": 2.0}})
    assert finding.text.startswith(f"relu: {sentence}") and finding.weight == "warning"
    (finding,) = by_hand.findings([entry], {"04": {"relu": None}})
    assert finding.text.endswith("hand-in before.")
