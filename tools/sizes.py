"""The house's measures (architecture §6): lengths of functions and files, no imports inside functions.

Lines are counted as they stand, from `def` to the last line of the body, comments and docstring included. Usage:
`python tools/sizes.py [FOLDER]`; exit code 1 and a list when a measure is broken.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

USUAL_FUNCTION = 40  # lines; 95 of 100 functions stay within
LONGEST_FUNCTION = 80
USUAL_FILE = 350
LONGEST_FILE = 600
USUAL_SHARE = 0.95
LAZY = "# lazy:"


@dataclass(frozen=True, slots=True)
class Function:
    path: Path
    line: int
    name: str
    lines: int


@dataclass(frozen=True, slots=True)
class Source:
    path: Path
    lines: int
    functions: tuple[Function, ...]
    inner_imports: tuple[int, ...]


def measure(path: Path) -> Source:
    """Length of a file and of its functions, and the lines of its inner imports without a `# lazy:` reason."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = ast.parse(text, filename=str(path))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    functions = tuple(
        Function(path, node.lineno, node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in found
    )
    imports = {line for node in found for line in imports_inside(node)}
    return Source(path, len(lines), functions, tuple(sorted(i for i in imports if not reasoned(lines[i - 1]))))


def imports_inside(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[int]:
    for node in ast.walk(function):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node.lineno


def reasoned(line: str) -> bool:
    """Whether the line says `# lazy:` and what is saved."""
    return bool(line.partition(LAZY)[2].strip())


def problems(sources: list[Source]) -> Iterator[str]:
    functions = [function for source in sources for function in source.functions]
    for function in functions:
        if function.lines > LONGEST_FUNCTION:
            yield f"{at(function)}: {function.lines} lines, the most is {LONGEST_FUNCTION}"
    long = sorted((f for f in functions if f.lines > USUAL_FUNCTION), key=lambda f: -f.lines)
    if len(long) > (1 - USUAL_SHARE) * len(functions):
        yield f"{len(long)} of {len(functions)} functions are over {USUAL_FUNCTION} lines, at most 5 of 100 may be:"
        yield from (f"    {at(function)}: {function.lines} lines" for function in long)
    for source in sources:
        if source.lines > LONGEST_FILE:
            yield f"{source.path}: {source.lines} lines, the most is {LONGEST_FILE}"
        for line in source.inner_imports:
            yield f"{source.path}:{line}: import inside a function without `{LAZY} what it saves`"


def warnings(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        if USUAL_FILE < source.lines <= LONGEST_FILE:
            yield f"{source.path}: {source.lines} lines, better under {USUAL_FILE}"


def at(function: Function) -> str:
    return f"{function.path}:{function.line} {function.name}()"


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0] if arguments else "src")
    sources = [measure(path) for path in sorted(folder.rglob("*.py"))]
    if not sources:
        print(f"sizes: no Python files under {folder}", file=sys.stderr)
        return 2
    for warning in warnings(sources):
        print(f"warning: {warning}")
    found = list(problems(sources))
    for problem in found:
        print(problem)
    functions = [function.lines for source in sources for function in source.functions]
    longest = max(functions, default=0)
    print(f"sizes: {len(sources)} files, {len(functions)} functions, longest {longest} lines, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
