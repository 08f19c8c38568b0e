"""A table's own words for its classes: they stand wherever the view speaks of a class."""

import pytest
from playwright.sync_api import Page

from tests.browser.drawn_parts import run

pytestmark = pytest.mark.browser

TASK = 'const task = { name: "csv", num_outputs: 2, class_names: ["setosa", "virginica"] };'


def test_the_numbers_of_an_input_name_their_classes(parts: Page) -> None:
    said, buttons, row = run(
        parts,
        TASK
        + """
        const { Inspector } = await load("inspector");
        const inspector = new Inspector(words);
        const experts = [expert(1, 1, [0, 3])];
        const pointed = { inputs: [1, -1], sample: 7, target: 0, loss: 3.05, experts, answer: [0, 3] };
        inspector.update({ header: { task, pointed: { ...pointed, probabilities: [0.0474, 0.9526] } } });
        const said = ["answer", "truth", "sum"].map((part) => inspector[part].textContent);
        const row = [...inspector.table.root.querySelectorAll(".output .how, th.output span, td.class")];
        return [said, inspector.buttons.map((one) => one.textContent), row.map((one) => one.textContent)];
        """,
    )
    assert said[0] == "The mixture: class virginica, probability 0.953"
    assert said[1] == "Target: class setosa. Loss: 3.050"
    assert said[2].startswith("Score of class virginica = ")
    assert buttons == ["setosa: 4.7%", "virginica: 95.3%"]
    assert row == ["Score of virginica", "its network", "virginica: 0.953"]


def test_what_lies_under_the_pointer_is_named(parts: Page) -> None:
    places = run(
        parts,
        TASK
        + """
        const { Matrix } = await load("matrix");
        const { Projection } = await load("projection");
        const { Readout } = await load("readout");
        const surface = { context: null, width: 400, height: 400 };
        const painters = { matrix: new Matrix(surface, words), projection: new Projection(surface, words) };
        const readout = new Readout(words, painters);
        const plane = { owner: [0], strength: [255], prediction: [1] };
        const sample = { projection: [0, 0], projection_samples: [7], projection_targets: [1], sample_expert: [0] };
        const pointed = { experts: [expert(1, 1, [0, 3])], probabilities: [0.25, 0.75] };
        const at = (mode, header, arrays) =>
          readout.atPlace({ header: { task, ...header }, arrays }, mode, { x: 0.5, y: 0.5 });
        return [
          at("matrix", { picture: "matrix" }, { load: [1], expert_class: new Float32Array([1, 3]) }),
          at("projection", { picture: "matrix" }, sample),
          at("owner", { picture: "plane" }, plane),
          at("owner", { picture: "plane", pointed }, plane),
        ];
        """,
    )
    assert places == [
        "Expert 1, class setosa: 25.0%, 1 of its 4 test inputs",
        "Test sample 7, class virginica: expert 1",
        "expert 1 at 1.00: class virginica",
        "expert 1, gate 1.00: class virginica at 0.75",
    ]


def test_a_class_without_a_name_is_its_number(parts: Page) -> None:
    names = run(
        parts,
        """
        const { className } = await load("class_name");
        return [className({ task: { class_names: null } }, 1), className({ task: { class_names: ["a", "b"] } }, 1)];
        """,
    )
    assert names == ["1", "b"]
