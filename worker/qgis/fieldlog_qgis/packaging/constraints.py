"""Constraints that a source enforces, kept by the layer when its table in the package does not."""

from dataclasses import dataclass

from qgis.core import QgsFieldConstraints, QgsVectorLayer

_NOT_NULL = QgsFieldConstraints.Constraint.ConstraintNotNull
_UNIQUE = QgsFieldConstraints.Constraint.ConstraintUnique
_NO_STRENGTH = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthNotSet
_HARD = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard


@dataclass(frozen=True)
class Constraints:
    """What a layer demanded of its fields: field name, kind, strength; and which fields fill themselves."""

    demands: tuple[tuple[str, QgsFieldConstraints.Constraint, QgsFieldConstraints.ConstraintStrength], ...]
    filled_by_source: frozenset[str]

    @classmethod
    def of(cls, layer: QgsVectorLayer) -> "Constraints":
        """Reads the constraints of a layer while it still has its source."""
        demands, filled = [], set()
        provider = layer.dataProvider()
        for index, field in enumerate(provider.fields()):
            if provider.defaultValueClause(index):
                filled.add(field.name())
            constraints = layer.fields().field(field.name()).constraints()
            for kind in (_NOT_NULL, _UNIQUE):
                if constraints.constraints() & kind:
                    strength = constraints.constraintStrength(kind)
                    demands.append((field.name(), kind, _HARD if strength == _NO_STRENGTH else strength))
        return cls(tuple(demands), frozenset(filled))

    def restore(self, layer: QgsVectorLayer) -> None:
        """Sets them on the layer; a value that only the source can fill in may be missing on a device."""
        for name, kind, strength in self.demands:
            index = layer.fields().lookupField(name)
            if kind == _NOT_NULL and name in self.filled_by_source:
                layer.removeFieldConstraint(index, kind)
            else:
                layer.setFieldConstraint(index, kind, strength)
