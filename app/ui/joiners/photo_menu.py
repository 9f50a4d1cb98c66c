"""The context menu of photos, made from the table of actions."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMenu, QWidget

from app.ui.actions import Actions

_ONE_PHOTO = (
    "open",
    "open_outside",
    "show_in_folder",
    "similar",
    "similar_part",
    "edit_caption",
    "copy_image",
    "copy_caption",
)
_LAYOUT = (
    ("open", "open_outside", "show_in_folder"),
    ("similar", "similar_part", "more_like", "less_like"),
    ("rate", "favourite", "add_tag", "edit_caption", "change_date", "caption_now", "enrich_again"),
    ("copy_image", "copy_path", "copy_caption", "copy_text"),
    ("trash", "remove"),
    ("information",),
)


def photo_menu(
    actions: Actions, parent: QWidget, *, count: int, has_caption: bool = True, why_not: Mapping[str, str] | None = None
) -> QMenu:
    """For the selected photos; what only makes sense for one is greyed for several.

    ``why_not``: names of actions that can do nothing here, and why.
    """
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for group in _LAYOUT:
        for name in group:
            if name == "rate":
                _add_ratings(menu, actions)
            else:
                menu.addAction(actions[name])
        menu.addSeparator()
    for name in _ONE_PHOTO:
        actions[name].setEnabled(count == 1 and (has_caption or name != "copy_caption"))
    hindered = why_not or {}
    for name, why in hindered.items():
        actions[name].setEnabled(False)
        actions[name].setToolTip(why)
    # Only the menu greys them: a shortcut on several photos acts on the current one.
    menu.aboutToHide.connect(lambda: _enable(actions, hindered))
    return menu


def _enable(actions: Actions, hindered: Mapping[str, str]) -> None:
    for name in (*_ONE_PHOTO, *hindered):
        actions[name].setEnabled(True)
    for name in hindered:
        actions[name].setToolTip("")


def _add_ratings(menu: QMenu, actions: Actions) -> None:
    ratings = menu.addMenu(QCoreApplication.translate("photo_menu", "Rate"))
    for rating in (5, 4, 3, 2, 1, 0):
        ratings.addAction(actions[f"rate_{rating}"])
