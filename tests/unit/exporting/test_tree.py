"""The files of an export."""

import yaml

from sim_operator.exporting.manifest import Manifest, manifest
from sim_operator.exporting.readme import needs_of
from sim_operator.exporting.tree import MOST_FILES, tree
from tests.unit.exporting.objects import account, policy, sim


def _tree(*bodies: dict[str, object]) -> dict[str, str]:
    made: list[Manifest] = [manifest(str(one["kind"]), one) for one in bodies]
    return tree(made, needs_of(made))


def test_each_namespace_has_a_folder_and_each_object_a_file() -> None:
    files = _tree(sim(), sim("gate", "plant-b"), account(), policy())
    assert set(files) == {
        "README.md",
        "kustomization.yaml",
        "plant-a/kustomization.yaml",
        "plant-a/quotapolicies/pumps.yaml",
        "plant-a/simaccounts/default.yaml",
        "plant-a/sims/pump-01.yaml",
        "plant-b/kustomization.yaml",
        "plant-b/sims/gate.yaml",
    }
    root = yaml.safe_load(files["kustomization.yaml"])
    assert root["resources"] == ["plant-a", "plant-b"]
    assert yaml.safe_load(files["plant-a/kustomization.yaml"])["resources"] == [
        "quotapolicies/pumps.yaml",
        "sims/pump-01.yaml",
        "simaccounts/default.yaml",
    ]
    assert yaml.safe_load(files["plant-b/sims/gate.yaml"])["metadata"]["namespace"] == "plant-b"


def test_files_do_not_depend_on_the_order_in_which_objects_came() -> None:
    bodies = [sim(f"pump-{number:02}") for number in range(12)]
    assert list(_tree(*bodies).items()) == list(_tree(*reversed(bodies)).items())


def test_more_sims_than_people_page_through_stand_in_one_file() -> None:
    bodies = [sim(f"pump-{number:04}") for number in range(MOST_FILES + 1)]
    files = _tree(*bodies, policy())
    assert yaml.safe_load(files["plant-a/kustomization.yaml"])["resources"] == [
        "quotapolicies/pumps.yaml",
        "sims.yaml",
    ]
    found = [one["metadata"]["name"] for one in yaml.safe_load_all(files["plant-a/sims.yaml"])]
    assert found == [one["metadata"]["name"] for one in bodies]
    assert "plant-a/sims/pump-0000.yaml" in _tree(*bodies[:-1])


def test_a_name_that_means_something_to_kustomize_or_is_too_long_still_has_a_file() -> None:
    long = "a" * 253
    files = _tree(sim("kustomization"), sim(long), sim(f"{'a' * 252}b"))
    names = {path.rpartition("/")[2] for path in files if "/sims/" in path}
    assert "kustomization-.yaml" in names
    assert len(names) == 3
    assert all(len(name.encode()) <= 255 for name in names)
