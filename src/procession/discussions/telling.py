"""What events tell of comments, and what a changed one changes: the same wherever they stand (spec 20 §19)."""

from typing import Any

from procession.discussions.model import Comment, Draft

TOLD = 500
"""How much of a comment the history shows, in characters."""
VERBS = {"problem": "issue-reported", "resolve": "issue-resolved"}


def verb_of(comment: Comment) -> str:
    """What was done by writing it."""
    return VERBS.get(comment.label, "commented")


def written(comment: Comment, *, imported: bool = False) -> dict[str, Any]:
    """What is told of a new one; of one that was brought along also whose it is, and from when."""
    told = {
        "id": comment.id,
        "content": comment.content[:TOLD],
        "label": comment.label,
        "mentioned": comment.mentioned,
    }
    return {**told, "author": comment.author, "created_at": comment.created_at.isoformat()} if imported else told


def deleted(comment: Comment) -> dict[str, Any]:
    """What is told of one that is gone."""
    return {"id": comment.id, "content": comment.content[:TOLD], "label": comment.label}


def rewritten(before: Comment, after: Comment) -> dict[str, Any]:
    """`old` and `new` of a change; only who is newly mentioned is told."""
    added = [one for one in after.mentioned if one not in before.mentioned]
    new = {"id": before.id, "content": after.content[:TOLD], "mentioned": added}
    return {"old": {"content": before.content[:TOLD]}, "new": new}


def sorting(comment: Comment, draft: Draft) -> dict[str, Any]:
    """State and label as the draft changes them. An issue stays one, and nothing becomes one."""
    changes: dict[str, Any] = {}
    if draft.state is not None:
        changes["state"] = draft.state
    if draft.label is not None and {comment.label, draft.label}.isdisjoint(VERBS):
        changes["label"] = draft.label
    return changes
