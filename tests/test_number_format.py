"""Cells of a spreadsheet are texts as it shows them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.number_format import shown


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (None, "General", ""),
        ("x", "@", "x"),
        (True, "General", "TRUE"),
        (129.0, "General", "129"),
        (0.1 + 0.2, "General", "0.3"),
        (0.15, "0%", "15%"),
        (0.1534, "0.0%", "15.3%"),
        (2.4, '"€"#,##0.00', "€2.40"),
        (2.4, "#,##0.00 [$€-407]", "2.40 €"),
        (1234567.891, "#,##0", "1,234,568"),
        (-5, "#,##0;(#,##0)", "(5)"),
        (-5, "#,##0_);[Red](#,##0)", "(5)"),
        (-5.5, "0.00", "-5.50"),
        (-0.001, "0.00", "0.00"),
        (0, '0;-0;"none"', "none"),
        (2.675, "0.00", "2.68"),
        (3, "0.##", "3"),
        (5, "00000", "00005"),
        (1500000, '0.0,,"M"', "1.5M"),
        (12345, "0.00E+00", "1.23E+04"),
        (2.5, "# ?/?", "2.5"),
        (44, '0 "kg"', "44 kg"),
        (0, r'_("$"* #,##0.00_);_("$"* \(#,##0.00\);_("$"* "-"??_);_(@_)', "$-"),
        (datetime(2025, 5, 9), "mm-dd-yy", "2025-05-09"),
        (datetime(2025, 5, 9, 14, 30), "m/d/yy h:mm", "2025-05-09 14:30"),
        (date(2025, 5, 9), "d-mmm", "2025-05-09"),
        (time(14, 30, 5), "h:mm:ss", "14:30:05"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
    ],
)
def test_a_cell_is_shown_as_its_format_says(value, number_format, text):
    assert shown(value, number_format) == text


@given(st.integers() | st.floats(), st.text(alphabet='0#?.,;%E+-/"\\[]$€_* @"a', max_size=20))
def test_any_format_gives_some_text(value, number_format):
    assert shown(value, number_format)
