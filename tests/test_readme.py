"""What the README says of the project is what the project is."""

from pathlib import Path

from minigan.claims.__main__ import markdown

README = Path(__file__).parents[1] / "README.md"


def test_the_table_of_claims_is_the_registry():
    text = README.read_text()
    table = text.partition("<!-- claims: python -m minigan.claims -->\n")[2].partition("<!-- end of claims -->")[0]
    assert table.strip() == markdown()


def test_every_room_is_on_the_map():
    text = README.read_text()
    package = README.parent / "minigan"
    rooms = [f"minigan/{path.name}/" for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"]
    rooms += [f"minigan/{path.name}" for path in package.glob("*.py") if path.name not in ("__init__.py", "version.py")]
    assert not [room for room in rooms if f"`{room}`" not in text]
