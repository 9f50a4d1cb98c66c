"""Small questions that only the person can answer. Each returns the answer; none changes anything itself."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QDialogButtonBox,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QWidget,
)

from app.ui import wording

translate = QCoreApplication.translate

_NAME_PX = 380
_LONGEST_NAME = 200


class DropWish(Enum):
    """What to do with a picture dropped on the photos."""

    SEARCH = "search"
    ADD_FOLDER = "add_folder"
    NOTHING = "nothing"


def ask_name(parent: QWidget, question: str, name: str) -> str:
    """What something shall be called; "" where it shall not be done. ``name``: to begin with."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(translate("questions", "Saved search"))
    dialog.setLabelText(question)
    dialog.setTextValue(name)
    dialog.resize(_NAME_PX, dialog.sizeHint().height())
    (edit,) = dialog.findChildren(QLineEdit)
    edit.setMaxLength(_LONGEST_NAME)
    (buttons,) = dialog.findChildren(QDialogButtonBox)
    done = buttons.button(QDialogButtonBox.StandardButton.Ok)
    edit.textChanged.connect(lambda text: done.setEnabled(bool(text.strip())))
    done.setEnabled(bool(name.strip()))
    is_given = dialog.exec() == QDialog.DialogCode.Accepted
    return dialog.textValue().strip() if is_given else ""


def confirm_trash(parent: QWidget, count: int) -> bool:
    """Before files move."""
    return _confirmed(
        parent,
        translate("questions", "Move {photos} to the trash?").format(photos=wording.photos(count)),
        translate(
            "questions",
            "The files go to the system's trash and leave the library. You can take them out of the trash again.",
        ),
        translate("questions", "Move to trash"),
        is_dangerous=True,
    )


def confirm_folder_removal(parent: QWidget, path: Path, count: int, *, is_inside: bool) -> bool:
    """Before many photos leave the library at once. ``is_inside``: the folder lies in one that stays."""
    question = (
        translate("questions", "Exclude “{name}” from the library?")
        if is_inside
        else translate("questions", "Remove “{name}” from the library?")
    )
    return _confirmed(
        parent,
        question.format(name=path.name or path),
        translate("questions", "{photos} will leave the library. The files stay where they are.").format(
            photos=wording.photos(count)
        ),
        translate("questions", "Exclude") if is_inside else translate("questions", "Remove from library"),
    )


def confirm_quit(parent: QWidget, stage_text: str) -> bool:
    """While work is under way."""
    return _confirmed(
        parent,
        translate("questions", "Quit while work is under way?"),
        translate(
            "questions", "Oriel is still busy: {stage}. What is done is kept, and the rest goes on at the next start."
        ).format(stage=stage_text),
        translate("questions", "Quit"),
    )


def confirm_model_removal(parent: QWidget, name: str, size: str, *, is_whole: bool) -> bool:
    """Before a model is deleted. ``is_whole``: else only what came of an unfinished download."""
    question = (
        translate("questions", "Remove {name} from this computer?")
        if is_whole
        else translate("questions", "Remove what is here of {name}?")
    )
    return _confirmed(
        parent,
        question.format(name=name),
        translate("questions", "{size} become free. To use it again it has to be downloaded again.").format(size=size),
        translate("questions", "Remove"),
        is_dangerous=True,
    )


def confirm_conversion(parent: QWidget, name: str, size: str) -> bool:
    """Before weights in pickle's format are read."""
    return _confirmed(
        parent,
        translate("questions", "Write the weights of “{name}” anew, in a safe format?").format(name=name),
        translate(
            "questions",
            "They lie there in pickle's format only ({size}), which can hold programs, so Oriel never loads it as it "
            "is. A separate process would read the weights alone, once, and write them beside it as safetensors, of "
            "the same size. Your file stays as it is.",
        ).format(size=size),
        translate("questions", "Write anew"),
    )


def confirm_quit_download(parent: QWidget) -> bool:
    """While a model is on its way."""
    return _confirmed(
        parent,
        translate("questions", "Quit while a model is being downloaded?"),
        translate("questions", "What came is kept. The download goes on from there when you ask for it again."),
        translate("questions", "Quit"),
    )


def ask_about_drop(parent: QWidget, path: Path) -> DropWish:
    """A picture may be a question, or stand for its folder."""
    box = _box(
        parent,
        translate("questions", "What shall Oriel do with “{name}”?").format(name=path.name),
        translate(
            "questions", "Search for photos that look like it, or add the folder “{folder}” that it lies in."
        ).format(folder=path.parent.name or path.parent),
    )
    search = box.addButton(translate("questions", "Search with this"), QMessageBox.ButtonRole.AcceptRole)
    add = box.addButton(translate("questions", "Add its folder"), QMessageBox.ButtonRole.ActionRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(search)
    answers: dict[QAbstractButton, DropWish] = {search: DropWish.SEARCH, add: DropWish.ADD_FOLDER}
    box.exec()
    return answers.get(box.clickedButton(), DropWish.NOTHING)


def _confirmed(parent: QWidget, question: str, details: str, yes: str, *, is_dangerous: bool = False) -> bool:
    box = _box(parent, question, details)
    accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    if is_dangerous:
        accept.setProperty("role", "danger")
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel if is_dangerous else accept)
    box.exec()
    return box.clickedButton() is accept


def _box(parent: QWidget, question: str, details: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setWindowTitle(translate("questions", "Oriel"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    box.setInformativeText(details)
    return box
