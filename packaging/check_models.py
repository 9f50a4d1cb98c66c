"""Proves that the frozen program loads each kind of model: takes pictures in with tiny ones and finds them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import checkpoints  # noqa: E402


def main(program: Path) -> int:
    """Check CLIP with BLIP, then SigLIP; 0 if all went well."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        photos = draw_photos(place / "photos")
        captioner = checkpoints.build_blip(place / "blip")
        kinds = (("CLIP, BLIP", checkpoints.build_clip, captioner), ("SigLIP", checkpoints.build_siglip, None))
        results = [
            _works(name, program, place / name, build(place / f"model of {name}"), captions, photos)
            for name, build, captions in kinds
        ]
    return 0 if all(results) else 1


def draw_photos(folder: Path) -> Path:
    """A drawing of each class of tests/checkpoints.py, named by its place there."""
    from PIL import Image

    folder.mkdir()
    for number, (colour, shape) in enumerate(checkpoints.CLASSES):
        drawn = checkpoints.draw_shape(colour, shape, edge_px=128, seed=number)
        Image.fromarray(drawn).save(folder / f"{number}.png")
    return folder


def _works(name: str, program: Path, home: Path, model: Path, captioner: Path | None, photos: Path) -> bool:
    home.mkdir()
    chosen = {"embedder_folder": str(model), "captioner_folder": str(captioner) if captioner else None}
    (home / "settings.json").write_text(json.dumps(chosen), encoding="utf-8")
    wanted = checkpoints.CLASSES.index(("red", "circle"))
    _run(program, home, "index", photos)
    lines = _run(program, home, "--json", "search", "a red circle")
    hits = [json.loads(line) for line in lines.splitlines()]
    # SigLIP's weights are random: it is enough that it ranks.
    is_good = len(hits) > 1
    if captioner is not None:
        is_good = is_good and str(hits[0]["path"]).endswith(f"{wanted}.png")
    captions = _run(program, home, "--json", "status")
    is_good = is_good and (captioner is None or '"captioned": 12' in captions or '"with_caption": 12' in captions)
    sys.stdout.write(f"{'ok     ' if is_good else 'BROKEN '} {name}\n")
    if not is_good:
        sys.stdout.write(f"{lines}\n{captions}\n")
    return is_good


def _run(program: Path, home: Path, *words: object) -> str:
    ran = subprocess.run(
        [program, *map(str, words)],
        env=environment(home),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if ran.returncode != 0:
        sys.stdout.write(f"{words}: {ran.returncode}\n{ran.stdout}{ran.stderr}\n")
    return ran.stdout


def environment(home: Path) -> dict[str, str]:
    """With nothing in it but what the system itself needs."""
    names = ("SYSTEMROOT", "TEMP") if sys.platform == "win32" else ()
    return {"ORIEL_HOME": str(home), **{name: os.environ[name] for name in names if name in os.environ}}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
