"""An import-linter contract of the house: what is a room's own is imported by that room alone (architecture §2)."""

from typing import TYPE_CHECKING, cast

from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules

if TYPE_CHECKING:
    from grimp import ImportGraph
    from importlinter.domain.imports import ModuleExpression


class OwnRoomContract(Contract):
    """`modules` (expressions such as `procession.*.queries`) may be imported only from inside their parent package."""

    type_name = "own_room"

    modules = fields.SetField(subfield=fields.ModuleExpressionField())

    def check(self, graph: "ImportGraph", verbose: bool) -> ContractCheck:
        expressions = cast("set[ModuleExpression]", self.modules)  # a field is the descriptor to a type checker
        own = {module.name for module in module_expressions_to_modules(graph, expressions)}
        trespasses = [
            (importer, module)
            for module in sorted(own)
            for importer in sorted(graph.find_modules_that_directly_import(module))
            if not importer.startswith(module.rpartition(".")[0] + ".")
        ]
        return ContractCheck(kept=not trespasses, metadata={"trespasses": trespasses})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, module in check.metadata["trespasses"]:
            output.print_error(f"- {importer} imports {module}, which is another room's own", bold=False)
