"""Result folders: tables with types, figures, conclusion, questions."""

import json
import math
import re
import tempfile
import uuid
from pathlib import Path

import pushpull
import pytest
from pushpull import _arguments, _frames, _result

TABLES = ["runs", "summary", "compare", "pairs", "distributions", "timeseries"]


@pytest.mark.parametrize("table", TABLES)
def test_every_kind_of_frame_has_the_same_columns_and_values(result, table):
    polars, pandas = pytest.importorskip("polars"), pytest.importorskip("pandas")
    columns = getattr(pushpull.load(result.folder, frames="columns"), table)
    in_polars = getattr(pushpull.load(result.folder, frames="polars"), table)
    in_pandas = getattr(pushpull.load(result.folder, frames="pandas"), table)
    assert isinstance(in_polars, polars.DataFrame) and isinstance(in_pandas, pandas.DataFrame)
    assert in_polars.columns == list(in_pandas.columns) == list(columns)
    assert in_polars.to_dict(as_series=False) == columns
    for name, values in columns.items():
        of_pandas = [None if pandas.isna(value) else value for value in in_pandas[name]]
        assert of_pandas == values, name


def test_types_do_not_depend_on_values(result):
    pytest.importorskip("polars")
    schema = {name: str(kind) for name, kind in pushpull.load(result.folder, frames="polars").runs.schema.items()}
    assert (schema["point"], schema["strategy"], schema["fingerprint"]) == ("Int64", "String", "String")
    assert schema["bus_lost_burst"] == schema["stall_rate"] == "Float64"
    assert schema["bus.loss"] == "Float64"


def test_infinite_waits_are_infinite_and_undefined_values_are_missing(result):
    table = pushpull.load(result.folder, frames="columns")
    assert math.inf in table.distributions["value"]
    assert None in table.compare["ci_low"]


def test_a_swept_key_has_the_type_of_its_values():
    assert _frames.convert(["1", "2"], None) == [1, 2]
    assert _frames.convert(["1", "2.5"], None) == [1.0, 2.5]
    assert _frames.convert(["20ms", "1"], None) == ["20ms", "1"]
    assert _frames.convert(["true", "false"], None) == [True, False]


def test_frames_that_are_not_installed_are_asked_for(result, monkeypatch):
    monkeypatch.setattr(_frames.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'pushpull\[polars\]'"):
        pushpull.load(result.folder, frames="polars")
    assert isinstance(pushpull.load(result.folder).summary, dict)
    with pytest.raises(ValueError, match="accepted: polars, pandas, columns"):
        pushpull.load(result.folder, frames="excel")


def test_a_notebook_shows_conclusion_table_and_figure(result):
    shown = result._repr_html_()
    assert "answer" in shown and "<table>" in shown and "<svg" in shown
    assert "late attempts, with 95 % intervals" in shown and "<th>bus.loss</th><th>push</th><th>jit</th>" in shown
    assert shown.count("max-width: 100%") == 1, "the figure is no wider than its place"
    assert result.conclusion in repr(result)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((0.087, 0.0858, 0.089), "8.70 % [8.58, 8.90]"),
        ((0.000827, 0.000068, 0.003392), "0.0827 % [0.0068, 0.3392]"),
        ((0.000898, 2.99e-73, 0.138), "0.0898 % [0.0000, 13.8000]"),
        ((0.0, 0.0, 1.234e-4), "0.0000 % [0.0000, 0.0123]"),
        ((1.0, 0.99958, 1.0), "100.0000 % [99.9580, 100.0000]"),
        ((0.9999, 0.9998, 1.0), "99.9900 % [99.9800, 100.0000]"),
        ((1.0, 1.0, 1.0), "100 % [100, 100]"),
        ((0.0123, None, None), "1.23 %"),
        ((None, None, None), ""),
    ],
)
def test_a_rate_is_written_as_on_a_terminal(values, text):
    assert _result.percent(*values) == text


def test_figures_are_svg_and_refusals_have_the_programs_text(result, tmp_path):
    figure = result.figure("waits", point=1)
    assert re.match(r'<svg style="max-width: 100%; height: auto" [^>]*viewBox=', figure._repr_svg_())
    assert figure.save(tmp_path / "waits.svg").read_text() == figure.svg
    assert result.figure("sweep", theme="dark").svg != result.figure("sweep").svg
    with pytest.raises(pushpull.Invalid, match="there is no figure pie; there are sweep"):
        result.figure("pie")


def test_traces_are_text_facts_or_tracks(result):
    assert "push" in result.trace(strategy="push", point=1, worst=1)
    facts = result.trace(strategy="push", point=1, format="json")
    assert facts and all(isinstance(fact, dict) for fact in facts)
    assert isinstance(result.trace(strategy="push", point=1, format="perfetto"), dict)


def test_a_question_is_asked_at_a_point_of_the_results(result, tmp_path):
    options = dict(strategy="push", at_most=0.05, precision=0.5, budget=400)
    assert result.solve("bus.loss=0.001..0.5log", point=1, out=tmp_path / "answer", **options)
    with pytest.raises(IndexError, match="accepted is 0 to 1"):
        result.solve("bus.loss=0.001..0.5log", point=2, **options)
    with pytest.raises(pushpull.Invalid, match="is the answer of pushpull solve"):
        pushpull.load(tmp_path / "answer")


def test_a_question_is_asked_at_a_point_whose_value_is_a_table(small, tmp_path):
    swept = pushpull.run(small, vary={"bus.delay": ["10ms", {"exponential": "5ms"}]}, out=tmp_path / "out")
    options = dict(strategy="push", at_most=0.05, precision=0.5, budget=400)
    answer = swept.solve("bus.loss=0.001..0.5log", point=1, out=tmp_path / "answer", **options)
    assert answer["answer"]
    delay = json.loads((tmp_path / "answer" / "manifest.json").read_text())["experiment"]["bus"]["delay"]
    assert delay == {"exponential": "5ms"}


def test_a_cell_that_is_run_twice_has_the_same_answer_and_another_question_its_own(result, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = dict(strategy="push", at_most=0.05, precision=0.5, budget=400)
    answer = result.solve("bus.loss=0.001..0.5log", **options)
    (folder,) = (tmp_path / "results").iterdir()
    began = (folder / "runs.csv").stat().st_ino
    assert result.solve("bus.loss=0.001..0.5log", **options) == answer
    assert (folder / "runs.csv").stat().st_ino == began, "nothing was run again"
    result.solve("bus.loss=0.001..0.5log", **options, seed=8)
    assert len(list((tmp_path / "results").iterdir())) == 2


@pytest.mark.parametrize("is_absolute", [True, False], ids=["absolute", "relative"])
def test_a_question_has_the_data_of_the_results_and_leaves_files_elsewhere_alone(small, tmp_path, is_absolute):
    data = tmp_path / f"latency-{uuid.uuid4().hex}.csv"
    data.write_text("seconds\n0.01\n0.02\n")
    (tmp_path / "experiments").mkdir()
    name = str(data) if is_absolute else f"../{data.name}"
    small["bus"] = {"delay": {"empirical": name}}
    del small["sweep"]
    file = tmp_path / "experiments" / "small.toml"
    file.write_text(_arguments.document(small))
    asked = pushpull.run(file, out=tmp_path / "out")
    data.write_text("changed")
    answer = asked.solve("bus.loss=0..0.5", strategy="push", at_most=0.05, precision=0.5, budget=400, out=tmp_path / "answer")
    assert answer["answer"] and data.read_text() == "changed"
    assert not Path(tempfile.gettempdir(), data.name).exists()


def test_an_answer_of_a_budget_that_ended_is_returned_with_a_warning(result, tmp_path):
    with pytest.warns(UserWarning, match="60 of 60 runs were made"):
        answer = result.solve("bus.loss=0..0.5", strategy="push", at_most=0.05, budget=60, out=tmp_path / "answer")
    assert answer["answer"]


def test_an_error_has_no_warnings_of_the_experiment_before_it(result, tmp_path):
    with pytest.raises(pushpull.Invalid) as caught:
        result.solve("bus.loss=0.001..0.5log", better="push", than="none", out=tmp_path / "answer")
    assert "none" in str(caught.value) and "warning" not in str(caught.value)


def test_what_is_no_finished_result_folder_is_refused(result, tmp_path):
    with pytest.raises(pushpull.Invalid, match="is no result folder"):
        pushpull.load(tmp_path)
    for text in ("{", "[1]"):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(pushpull.Failed, match="is no manifest of this program"):
            pushpull.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="timeseries.csv"):
        timeless = pushpull.run({**result.experiment, "output": {"bin": "never"}}, out=tmp_path / "timeless")
        timeless.timeseries  # noqa: B018


def test_the_report_is_written_and_its_path_returned(result, tmp_path):
    assert result.report(tmp_path / "r.html").read_text().startswith("<!DOCTYPE html>")
    assert "<html" in result.report(tmp_path / "p.html", page=True).read_text()
