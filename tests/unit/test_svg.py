"""Charts as SVG text."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from kullback import svg


def test_pictures_have_a_dot_for_each_number_that_is_not_0():
    drawn = svg.pictures([[[0.0, 1.0], [0.5, 0.01]], [[1.0, 1.0], [0.0, 0.0]]], 2, "a < b")
    root = ET.fromstring(drawn)  # noqa: S314 (our own text)
    paths = {path.get("fill-opacity"): path.get("d") for path in root.iter("path")}
    assert {shade: d.count("M") for shade, d in paths.items()} == {"0.5": 1, "1": 3}
    assert "M4,0" in paths["1"]  # the second picture's second number
    assert root.find("title").text == "a < b"
    points = ET.fromstring(svg.labelled_points([(1.0, 0.0), (0.0, -2.0)], [3, 7], "two"))  # noqa: S314
    assert [text.text for text in points.iter("text")] == ["3", "7"]


def test_a_chart_as_a_file_of_its_own_has_the_style_sheet_in_it():
    root = ET.fromstring(svg.standalone(svg.signed_bar(-1.0, 2.0)))  # noqa: S314 (our own text)
    space = "{http://www.w3.org/2000/svg}"
    assert (root.tag, root.get("class"), root[0].tag) == (f"{space}svg", "kb", f"{space}style")
    assert root[0].text == svg.STYLE
    assert [shape.tag for shape in root[1:]] == [f"{space}rect", f"{space}line"]
