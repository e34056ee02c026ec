"""Constraints that a source enforces, kept by the layer since its table in the package enforces none."""

from dataclasses import dataclass

from qgis.core import QgsFieldConstraints, QgsVectorLayer

_NOT_NULL = QgsFieldConstraints.Constraint.ConstraintNotNull
_UNIQUE = QgsFieldConstraints.Constraint.ConstraintUnique
_NO_STRENGTH = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthNotSet
_HARD = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard


@dataclass(frozen=True)
class Constraints:
    """What a source demands of its fields (name, kind, strength), and which fields it fills in by itself."""

    demands: tuple[tuple[str, QgsFieldConstraints.Constraint, QgsFieldConstraints.ConstraintStrength], ...]
    filled_by_source: frozenset[str]

    @classmethod
    def of(cls, layer: QgsVectorLayer) -> "Constraints":
        """Reads what the source of a layer enforces, while the layer still has it."""
        demands, filled = [], set()
        provider = layer.dataProvider()
        for index, field in enumerate(provider.fields()):
            if provider.defaultValueClause(index):
                filled.add(field.name())
            shown = layer.fields().field(field.name()).constraints()
            for kind in (_NOT_NULL, _UNIQUE):
                if field.constraints().constraints() & kind:
                    strength = shown.constraintStrength(kind)
                    demands.append((field.name(), kind, _HARD if strength == _NO_STRENGTH else strength))
        return cls(tuple(demands), frozenset(filled))

    def restore(self, layer: QgsVectorLayer) -> None:
        """Sets them on the layer; a value that only the source can fill in may be missing on a device."""
        for name, kind, strength in self.demands:
            if kind == _UNIQUE or name not in self.filled_by_source:
                layer.setFieldConstraint(layer.fields().lookupField(name), kind, strength)
        for name in self.filled_by_source:
            layer.removeFieldConstraint(layer.fields().lookupField(name), _NOT_NULL)
