from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from itertools import pairwise

import duckdb
import numpy as np
import pytest

import kullback as kb

DATES = "year,month,day,time_hour"


@pytest.fixture(scope="module")
def said(flights):
    done = subprocess.run(
        [sys.executable, "-m", "kullback", "compare", *flights, "--ignore", DATES, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_january_against_july_shows_real_shifts_in_order_of_size(said):
    columns = {column["name"]: column for column in said["columns"]}
    corrected = [column["js_corrected"] for column in said["columns"]]
    assert all(a >= b for a, b in pairwise(corrected))
    for name in ("air_time", "dep_delay", "arr_delay", "sched_dep_time", "sched_arr_time"):
        assert columns[name]["changed"], name
        assert columns[name]["p_value_is_bound"], name
    assert columns["air_time"]["js_corrected"] > columns["dep_delay"]["js_corrected"] > 0.01


def test_every_column_carries_everything(said):
    assert said["schema"] == "kullback.compare/1"
    assert said["unit"] == "bits"
    for column in said["columns"]:
        low, high = column["js_interval"]
        assert 0 <= low <= max(column["js_corrected"], 0) <= high <= 1, column["name"]
        assert column["js_distance"] == pytest.approx(max(column["js_corrected"], 0) ** 0.5)
        assert 0 < column["p_value"] <= column["p_adjusted"] <= 1
        assert column["draws"] >= 2000
        assert column["noise_floor"] > 0
        assert column["entropy_old"] > 0
        unseen = column["unseen_in_old"]["outcomes"]
        assert (column["kl_new_old"] == "inf") == (unseen > 0)
        assert column["kl_new_old_jeffreys"] > 0


def test_divergences_are_those_of_the_counts(tmp_path):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("plan\n" + "a\n" * 5 + "b\n" * 3 + "c\n" * 2)
    new.write_text("plan\n" + "a\n" * 6 + "b\n" * 3 + "c\n" * 1)
    p, q = [0.5, 0.3, 0.2], [0.6, 0.3, 0.1]
    plan = kb.compare(old, new, unit="bits")["plan"]
    # Two summations of three terms each: a few ulp.
    assert plan.kl_old_new == pytest.approx(float(kb.kl_divergence(p, q, unit="bits")), rel=1e-14)
    assert plan.kl_new_old == pytest.approx(float(kb.kl_divergence(q, p, unit="bits")), rel=1e-14)
    assert plan.js == pytest.approx(
        float(kb.jensen_shannon_divergence(p, q, unit="bits")), rel=1e-13
    )
    assert plan.psi == pytest.approx(float(kb.jeffreys_divergence(p, q, unit="bits")), rel=1e-14)
    assert plan.entropy_old == pytest.approx(float(kb.entropy(p, unit="bits")), rel=1e-14)
    jeffreys = [5.5 / 11.5, 3.5 / 11.5, 2.5 / 11.5], [6.5 / 11.5, 3.5 / 11.5, 1.5 / 11.5]
    expected = float(kb.kl_divergence(*jeffreys, unit="bits"))
    assert plan.kl_old_new_jeffreys == pytest.approx(expected, rel=1e-13)


def test_random_halves_of_one_month_are_not_told_apart(flights, tmp_path):
    # A short version of benchmarks/false_alarms.py. At a false discovery rate of 5 % a pair flags
    # anything with probability 0.05, so 2 or more of 5 pairs happen once in 45 runs.
    with duckdb.connect() as database:
        rows = f"SELECT *, row_number() OVER () AS i FROM '{flights[0]}'"
        database.execute(f"CREATE TABLE f AS {rows}")
        n = database.execute("SELECT count(*) FROM f").fetchall()[0][0]
        flagged = 0
        for seed in range(5):
            order = np.random.default_rng(seed).permutation(n) + 1
            half = [order[: n // 2].tolist()]
            database.execute("CREATE OR REPLACE TABLE h AS SELECT unnest(?) AS i", half)
            paths = tmp_path / "a.parquet", tmp_path / "b.parquet"
            for path, which in zip(paths, ("IN", "NOT IN"), strict=True):
                database.execute(
                    f"COPY (SELECT * EXCLUDE i FROM f WHERE i {which} (FROM h)) TO '{path}'"
                )
            flagged += bool(kb.compare(*paths, ignore=DATES.split(",")).changed)
    assert flagged <= 1


def test_csv_parquet_and_shuffled_rows_give_the_same_bits(flights, tmp_path):
    expected = None
    with duckdb.connect() as database:
        for ending in ("csv", "parquet"):
            for order in ("", "ORDER BY random()"):
                for path, name in zip(flights, ("old", "new"), strict=True):
                    database.execute(
                        f"COPY (FROM '{path}' {order}) TO '{tmp_path / name}.{ending}'"
                    )
                result = kb.compare(tmp_path / f"old.{ending}", tmp_path / f"new.{ending}")
                columns = json.dumps(result.to_dict()["columns"])
                expected = expected or columns
                assert columns == expected, (ending, order)


def test_a_value_never_seen_makes_kl_infinite_and_is_named(run, tmp_path):
    (tmp_path / "old.csv").write_text("device\n" + "phone\n" * 60 + "tablet\n" * 40)
    rows = "phone\n" * 50 + "tablet\n" * 40 + "watch\n" * 10
    (tmp_path / "new.csv").write_text("device\n" + rows)
    said = run("compare", "old.csv", "new.csv", check=0).stdout
    assert "∞ (" in said
    assert "device: never seen in the old file: watch ×10 (values: 1, rows: 10)" in said
    assert "watch: 0 → 10 rows" in said


def test_a_column_that_goes_empty_is_drift(run, tmp_path):
    (tmp_path / "old.csv").write_text("x,y\n" + "\n".join(f"{i}.5,1" for i in range(200)) + "\n")
    (tmp_path / "new.csv").write_text("x,y\n" + ",1\n" * 200)
    said = run("compare", "old.csv", "new.csv", "--json", check=0).json()
    assert said["changed"] == ["x"]
    assert said["columns"][0]["js"] == pytest.approx(1)  # bits: no outcome in common
    missing = {"outcome": "null", "special": "null", "old": 0, "new": 200}
    assert missing in said["columns"][0]["movers"]


def test_treatment_follows_the_types_and_is_overruled_and_printed(run, tmp_path):
    text = "i,f,s\n" + "\n".join(f"{k % 7},{k}.25,v{k % 3}" for k in range(300)) + "\n"
    (tmp_path / "a.csv").write_text(text)
    plain = run("compare", "a.csv", "a.csv", check=0).stdout
    assert "integer, by value (7)" in plain
    assert "float, in bins (20)" in plain
    assert "text, by value (3)" in plain
    other = run("compare", "a.csv", "a.csv", "--numeric", "i", "--categorical", "f", "--bins", "5")
    assert "float, by value (300)" in other.stdout
    assert "integer, in bins (5)" in other.stdout
    asked = run("compare", "a.csv", "a.csv", "--columns", "i,f", "--ignore", "f", "--json").json()
    assert [column["name"] for column in asked["columns"]] == ["i"]


def test_identical_files_differ_by_exactly_nothing(run, flights):
    said = run("compare", flights[0], flights[0], "--json", check=0).json()
    for column in said["columns"]:
        assert column["js"] == column["kl_new_old"] == column["psi"] == 0, column["name"]
        assert column["p_value"] == 1
    assert said["changed"] == []


def test_columns_of_one_file_only_are_listed(run, tmp_path):
    (tmp_path / "old.csv").write_text("a,b\n1,2\n")
    (tmp_path / "new.csv").write_text("b,c\n2,3\n")
    said = run("compare", "old.csv", "new.csv", check=0).stdout
    assert "only in old.csv: a" in said
    assert "only in new.csv: c" in said


def test_fail_above_is_judged_on_the_lower_bound(run, flights):
    low = run("compare", *flights, "--columns", "dest", "--json").json()["columns"][0]
    low = low["js_distance_interval"][0]
    for limit, code in ((low - 1e-6, 1), (low + 1e-6, 0)):
        done = run("compare", *flights, "--columns", "dest", "--fail-above", f"js_distance={limit}")
        assert done.returncode == code
        assert ("check failed: dest: js_distance" in done.stderr) == bool(code)
    bad = run("compare", *flights, "--fail-above", "psi=0.1", check=2)
    assert "js_distance" in bad.stderr


@pytest.fixture
def bad_files(tmp_path, flights):
    (tmp_path / "good.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "no_rows.csv").write_text("a,b\n")
    (tmp_path / "text.csv").write_text("a\nx\ny\n")
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    (tmp_path / "gbk.csv").write_bytes("a,b\n中,2\n".encode("gb18030"))
    (tmp_path / "cut.parquet").write_bytes(flights[0].read_bytes()[:5000])
    (tmp_path / "folder").mkdir()


BAD = {
    "missing file": (["nope.csv", "good.csv"], "nope.csv: there is no such file"),
    "directory": (["folder", "good.csv"], "folder is a folder"),
    "empty file": (["good.csv", "empty.csv"], "empty.csv is empty"),
    "zero rows": (["good.csv", "no_rows.csv"], "no_rows.csv has columns but no row"),
    "no shared column": (["good.csv", "other.csv"], "no column in common"),
    "truncated": (["cut.parquet", "good.csv"], "cut.parquet is truncated or not Parquet"),
    "not UTF-8": (["good.csv", "gbk.csv"], "gbk.csv is not UTF-8 (byte 0xD6 at line 2)"),
    "unknown column": (["good.csv", "good.csv", "--columns", "c"], 'a column "c"'),
    "text in bins": (["text.csv", "text.csv", "--numeric", "a"], 'column "a" was asked to be'),
    "nothing left": (["good.csv", "good.csv", "--ignore", "a,b"], "no column"),
    "no names": (["good.csv", "good.csv", "--columns", ""], "--columns is empty"),
}


@pytest.mark.usefixtures("bad_files")
@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_bad_files_are_told_in_one_line_and_what_to_do_in_another(run, case, lang):
    arguments, message = BAD[case]
    done = run("compare", *arguments, "--lang", lang, check=2)
    assert not done.stdout
    first, second = done.stderr.splitlines()
    assert second.startswith("  ")
    if lang == "en":
        assert first.startswith("error: ")
        assert message in first
    else:
        assert not first.isascii()


@pytest.mark.usefixtures("bad_files")
def test_python_raises_the_same_text_with_a_hint(tmp_path):
    with pytest.raises(kb.KullbackError, match="there is no such file") as caught:
        kb.compare(tmp_path / "nope.csv", tmp_path / "good.csv")
    assert caught.value.hint


@pytest.mark.usefixtures("bad_files")
def test_another_encoding_is_read_when_named(run):
    said = run("compare", "gbk.csv", "gbk.csv", "--encoding", "gb18030", "--json", check=0).json()
    assert [column["name"] for column in said["columns"]] == ["a", "b"]


def test_standard_input_is_a_file_too(run, tmp_path):
    text = "a\n1\n2\n2\n"
    (tmp_path / "new.csv").write_text(text)
    said = run("compare", "-", "new.csv", "--json", stdin=text, check=0).json()
    assert said["columns"][0]["js"] == 0


def test_chinese_and_ascii_output(run, flights):
    arguments = ("compare", *flights, "--columns", "origin,tailnum")
    assert "列" in run(*arguments, "--lang", "zh", check=0).stdout
    assert run(*arguments, "--ascii", check=0).stdout.isascii()


def test_wide_characters_keep_the_table_aligned(run, tmp_path):
    for name in ("old.csv", "new.csv"):
        (tmp_path / name).write_text("城市,x\n" + "北京,1\n上海,2\n" * 50, encoding="utf-8")
    lines = run("compare", "old.csv", "new.csv", check=0).stdout.splitlines()
    rows = [line for line in lines if "by value" in line]
    # "城市" is two characters that take four columns, "x" is one that takes one.
    assert rows[0].index("0.0000") + 2 * rows[0].startswith("城市") == rows[1].index(
        "0.0000"
    ) + 2 * rows[1].startswith("城市")


def test_labels_of_any_kind_stay_on_their_line(run, tmp_path):
    value = '"<script>\n\x1b[31m' + "x" * 200 + '"'
    (tmp_path / "old.csv").write_text("a\n" + "plain\n" * 50)
    (tmp_path / "new.csv").write_text("a\n" + f"{value}\n" * 50)
    said = run("compare", "old.csv", "new.csv", check=0).stdout
    assert "\x1b" not in said
    assert "\\n" in said
    assert max(map(len, said.splitlines())) < 400


def test_a_closed_pipe_is_no_error(flights):
    said = ["compare", *map(str, flights), "--columns", "dest", "--ascii"]  # any encoding has it
    command = [sys.executable, "-m", "kullback", *said]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0


WAITING = """
import signal
from kullback.cli import main
# Who starts these tests in the background has them ignore interrupts, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
print("ready", flush=True)
main(["measure", "--p", "-"])
"""


def test_an_interrupt_exits_with_130():
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", WAITING], **pipes) as process:
        assert process.stdout.readline() == b"ready\n"
        time.sleep(1)  # main reads standard input by now
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert b"Traceback" not in process.stderr.read()


def test_a_bug_is_called_one(monkeypatch, capsys):
    from kullback import cli
    from kullback.measures import explain

    def broken(*_args, **_options):
        raise RuntimeError("boom")

    monkeypatch.setattr(explain, "explain", broken)
    with pytest.raises(SystemExit) as caught:
        cli.main(["measure", "--p", "0.5,0.5"])
    assert caught.value.code == 3
    assert "bug in kullback (RuntimeError: boom)" in capsys.readouterr().err
    with pytest.raises(RuntimeError, match="boom"):
        cli.main(["--debug", "measure", "--p", "0.5,0.5"])
