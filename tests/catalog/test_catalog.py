"""Opening and closing: damaged, newer and strange files, migrations, full disks, two programs at once."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from app.catalog.catalog import Catalog, restore_backup
from app.catalog.store import migrations
from app.core.errors import CatalogDamaged, CatalogNewer, CatalogUnavailable, DiskFull, PathMissing
from app.core.types import FoundFile, FoundPhoto, Order, PhotoId
from tests.catalog.conftest import PICTURES, Filler


def test_a_new_catalogue_is_empty_and_opens_again(library: Path) -> None:
    Catalog.open(library).close()
    catalog = Catalog.open(library)
    assert catalog.table(Order.NEWEST).ids.tolist() == []
    assert catalog.roots() == []
    catalog.close()


def test_what_is_not_a_database_is_refused_and_left_as_it_is(library: Path) -> None:
    library.mkdir()
    (library / "catalog.sqlite").write_text("my notes " * 100)
    with pytest.raises(CatalogDamaged) as caught:
        Catalog.open(library)
    assert caught.value.fields["backup"] is None
    assert (library / "catalog.sqlite").read_text() == "my notes " * 100


def test_another_programs_database_is_refused(library: Path) -> None:
    library.mkdir()
    with sqlite3.connect(library / "catalog.sqlite") as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()
    with pytest.raises(CatalogDamaged):
        Catalog.open(library)
    with sqlite3.connect(library / "catalog.sqlite") as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]
    other.close()


def test_a_newer_catalogue_is_refused_untouched(library: Path) -> None:
    Catalog.open(library).close()
    with sqlite3.connect(library / "catalog.sqlite") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = (library / "catalog.sqlite").read_bytes()
    with pytest.raises(CatalogNewer) as caught:
        Catalog.open(library)
    assert caught.value.fields["found"] == 99
    assert (library / "catalog.sqlite").read_bytes() == before


def test_a_newer_catalogue_is_noticed_before_its_journal_is_played_in(library: Path) -> None:
    Catalog.open(library).close()
    newer = sqlite3.connect(library / "catalog.sqlite")
    newer.execute("PRAGMA user_version = 99")
    newer.commit()
    with pytest.raises(CatalogNewer):
        Catalog.open(library)
    newer.close()


def test_a_truncated_catalogue_names_the_newest_backup_and_can_be_put_back(library: Path) -> None:
    catalog = Catalog.open(library)
    ids = Filler(catalog).add("dog.jpg")
    catalog.set_rating(ids, 4)
    backup = catalog.daily_backup()
    assert backup is not None
    catalog.close()
    damaged = library / "catalog.sqlite"
    damaged.write_bytes(damaged.read_bytes()[:9000])
    with pytest.raises(CatalogDamaged) as caught:
        Catalog.open(library).close()
    assert caught.value.fields["backup"] == backup
    aside = restore_backup(library, backup)
    assert aside is not None
    assert aside.stat().st_size == 9000
    restored = Catalog.open(library)
    assert restored.rows(ids)[0].rating == 4
    restored.close()


def test_damage_in_the_middle_is_told_as_damage_when_it_is_met(library: Path) -> None:
    catalog = Catalog.open(library)
    Filler(catalog).add(*[f"{number}.jpg" for number in range(500)])
    catalog.close()
    damaged = library / "catalog.sqlite"
    content = bytearray(damaged.read_bytes())
    content[8192:] = b"\xaa" * (len(content) - 8192)
    damaged.write_bytes(content)
    with pytest.raises(CatalogDamaged):
        opened = Catalog.open(library)
        opened.table(Order.NAME)


def test_restoring_keeps_every_damaged_file(library: Path) -> None:
    catalog = Catalog.open(library)
    Filler(catalog).add("dog.jpg")
    backup = catalog.daily_backup()
    assert backup is not None
    catalog.close()
    for _ in range(2):
        (library / "catalog.sqlite").write_bytes(b"broken")
        (library / "catalog.sqlite-wal").write_bytes(b"journal of the broken one")
        restore_backup(library, backup)
        Catalog.open(library).close()
    assert len(list(library.glob("catalog-damaged-*.sqlite"))) == 2
    assert len(list(library.glob("catalog-damaged-*-wal"))) == 2


def test_restoring_from_a_backup_that_is_gone_changes_nothing(library: Path) -> None:
    Catalog.open(library).close()
    before = (library / "catalog.sqlite").read_bytes()
    with pytest.raises(PathMissing):
        restore_backup(library, library / "backups" / "none.sqlite")
    assert (library / "catalog.sqlite").read_bytes() == before


def test_a_folder_that_is_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("")
    with pytest.raises(CatalogUnavailable):
        Catalog.open(tmp_path / "library")


def test_a_library_folder_whose_name_is_not_utf8_works(tmp_path: Path) -> None:
    library = tmp_path / os.fsdecode(b"li\xffbrary")
    try:
        library.mkdir()
    except OSError:
        pytest.skip("this file system knows only UTF-8 names")
    catalog = Catalog.open(library)
    ids = Filler(catalog).add("dog.jpg")
    catalog.embeddings("space", 4).close()
    Filler(catalog).read(*ids)
    assert catalog.photos_without_embedding("space", 5) == ids
    catalog.close()


def test_daily_backups_are_made_once_a_day_and_the_last_three_kept(
    catalog: Catalog, fill: Filler, library: Path
) -> None:
    assert catalog.daily_backup() is None, "an empty catalogue needs no copy"
    fill.add("dog.jpg")
    made = []
    for day in range(5):
        catalog._sql.now = lambda day=day: 1_700_000_000.0 + day * 86_400
        made.append(catalog.daily_backup())
        assert catalog.daily_backup() is None
    assert sorted((library / "backups").iterdir()) == sorted(path for path in made[-3:] if path)


def test_what_a_killed_backup_left_is_cleared_later(catalog: Catalog, fill: Filler, library: Path) -> None:
    fill.add("dog.jpg")
    (library / "backups").mkdir()
    left, at_work = library / "backups" / "catalog-x.1-2.part", library / "backups" / "catalog-y.3-4.part"
    left.touch()
    at_work.touch()
    os.utime(left, (0, 0))
    catalog.daily_backup()
    assert not left.exists()
    assert at_work.exists()


def test_a_backup_is_a_whole_catalogue_by_itself(catalog: Catalog, fill: Filler, tmp_path: Path) -> None:
    ids = fill.add("dog.jpg")
    catalog.set_caption(ids[0], "Rex")
    backup = catalog.daily_backup()
    assert backup is not None
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(backup, other / "catalog.sqlite")
    copy = Catalog.open(other)
    assert copy.captions_of(ids) == {ids[0]: "Rex"}
    copy.close()


def test_every_released_catalogue_opens_and_keeps_its_user_data(tmp_path: Path) -> None:
    olds = sorted((Path(__file__).parents[1] / "data").glob("catalog_schema_*.sqlite"))
    assert olds
    for old in olds:
        library = tmp_path / old.stem
        library.mkdir()
        shutil.copy(old, library / "catalog.sqlite")
        catalog = Catalog.open(library)
        path = Path("/home/ana/Pictures/Rome 2019/dog.jpg")
        photo = catalog.photo(catalog.photo_at(path) or PhotoId(0))
        assert photo is not None
        assert (photo.rating, photo.is_favourite, photo.caption, photo.caption_model) == (4, True, "Rex in Rome", None)
        assert [tag.name for tag in photo.tags if not tag.is_machine] == ["Rex"]
        assert "cat" not in [tag.name for tag in photo.tags]
        assert catalog.photo_at(path.with_name("removed.jpg")) is None
        assert catalog.undo() == "remove"
        assert catalog.photo_at(path.with_name("removed.jpg")) is not None
        catalog.close()


def test_a_migration_is_preceded_by_a_copy(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Catalog.open(library)
    ids = Filler(catalog).add("dog.jpg")
    catalog.set_rating(ids, 5)
    catalog.close()
    _with_next_schema(monkeypatch, "ALTER TABLE photo ADD COLUMN place TEXT")
    migrated = Catalog.open(library)
    assert migrated.rows(ids)[0].rating == 5
    migrated.close()
    copies = list((library / "backups").glob(f"*schema-{migrations.SCHEMA_VERSION - 1}.sqlite"))
    assert len(copies) == 1
    with sqlite3.connect(copies[0]) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (migrations.SCHEMA_VERSION - 1,)
    copy.close()


def test_a_migration_that_fails_changes_nothing(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Catalog.open(library).close()
    with monkeypatch.context() as patch:
        _with_next_schema(patch, "ALTER TABLE photo ADD COLUMN place TEXT; ALTER TABLE nonsense ADD COLUMN x")
        with pytest.raises(sqlite3.OperationalError):
            Catalog.open(library)
    catalog = Catalog.open(library)
    assert "place" not in [row[1] for row in catalog._sql.rows("PRAGMA table_info(photo)")]
    catalog.close()


def _with_next_schema(patch: pytest.MonkeyPatch, statements: str) -> None:
    steps, version = Migrations("catalog"), migrations.SCHEMA_VERSION + 1
    for number in range(1, version):
        steps()(getattr(migrations, f"schema_{number}"))

    @steps()
    def next_schema(db: Database) -> None:
        for statement in statements.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {version}")

    patch.setattr(migrations, "STEPS", steps)
    patch.setattr(migrations, "SCHEMA_VERSION", version)


def test_a_full_disk_is_told_and_the_catalogue_stays_whole(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    pages = catalog._sql.value("PRAGMA page_count")
    catalog._sql.rows(f"PRAGMA max_page_count = {pages + 4}")
    folder_id = catalog.folder(catalog.roots()[0].root_id, b"")
    with pytest.raises(DiskFull):
        catalog.write_found(folder_id, [FoundPhoto(FoundFile(b"%d.jpg" % number, 1, 1)) for number in range(5000)])
    assert catalog._sql.value("PRAGMA integrity_check") == "ok"
    assert catalog.photo_at(PICTURES / "dog.jpg") == ids[0]
    shown = catalog.table(Order.NAME).ids
    catalog._sql.rows("PRAGMA max_page_count = 1073741823")
    catalog.write_found(folder_id, [FoundPhoto(FoundFile(b"%d.jpg" % number, 1, 1)) for number in range(300)])
    assert len(catalog.table(Order.NAME).ids) == 301 >= len(shown)


def test_a_backup_that_can_not_be_written_is_told(catalog: Catalog, fill: Filler, library: Path) -> None:
    fill.add("dog.jpg")
    (library / "backups").write_text("in the way")
    with pytest.raises(CatalogUnavailable):
        catalog.daily_backup()
    (library / "backups").unlink()
    assert catalog.daily_backup() is not None


def test_a_change_of_another_connection_is_noticed(catalog: Catalog, library: Path) -> None:
    other = Catalog.open(library)
    before = catalog.change_counter()
    assert catalog.change_counter() == before
    other.set_setting("order", "name")
    assert catalog.change_counter() != before
    assert catalog.setting("order") == "name"
    other.close()


def _program(library: Path, body: str) -> subprocess.Popen[str]:
    lines = (
        "import sys, pathlib",
        "from app.catalog.catalog import Catalog",
        "from app.core.types import FoundFile, FoundPhoto",
        f"catalog = Catalog.open(pathlib.Path({str(library)!r}))",
        textwrap.dedent(body),
    )
    return subprocess.Popen([sys.executable, "-c", "\n".join(lines)], text=True, stdout=subprocess.PIPE)


def test_two_programs_create_and_fill_one_library_at_once(library: Path) -> None:
    body = """
    root = catalog.add_root(pathlib.Path('/p'))
    for number in range(10):
        folder = catalog.folder(root, b'%d' % number)
        catalog.write_found(folder, [FoundPhoto(FoundFile(b'%d.jpg' % n, 1, 1)) for n in range(60)])
        catalog.set_rating([number * 60 + 1], 3)
    """
    programs = [_program(library, body) for _ in range(3)]
    assert [program.wait(60) for program in programs] == [0, 0, 0]
    catalog = Catalog.open(library)
    assert len(catalog.roots()) == 1
    assert len(catalog.table(Order.NAME).ids) == 600
    catalog.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a thing of POSIX")
def test_a_program_killed_while_writing_leaves_whole_batches_and_its_work_in_hand(library: Path) -> None:
    body = """
    folder = catalog.folder(catalog.add_root(pathlib.Path('/p')), b'')
    catalog.write_found(folder, [FoundPhoto(FoundFile(b'first.jpg', 1, 1))])
    catalog.mark_in_hand([1])
    print('ready', flush=True)
    for number in range(100_000):
        catalog.write_found(folder, [FoundPhoto(FoundFile(b'%d-%d.jpg' % (number, n), 1, 1)) for n in range(50)])
    """
    program = _program(library, body)
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    watching = Catalog.open(library)
    assert watching.crashed_in_hand() == []
    program.kill()
    program.wait()
    program.stdout.close()
    assert [(file.path.name, attempts) for file, attempts in watching.crashed_in_hand()] == [("first.jpg", 1)]
    photos = len(watching.table(Order.NAME).ids)
    assert (photos - 1) % 50 == 0
    assert watching._sql.value("SELECT count(*) FROM words") == photos
    assert watching._sql.value("PRAGMA integrity_check") == "ok"
    watching.close()
