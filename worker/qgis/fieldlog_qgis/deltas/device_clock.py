"""What the clock of a device shows when it is a certain time in the world.

A time without a zone is what a clock showed. Devices read it in their own zone, and may write it later as a moment
with a zone, which they do not name. So the zone is found out from what they write.
"""

from datetime import UTC, date, datetime, timedelta

_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
_STEP = timedelta(minutes=15)
_SUMMER = timedelta(hours=1)
_PRECISION = timedelta(milliseconds=1)


class DeviceClock:
    """The clock of one device, as far as its edits have told.

    A time without a zone and a moment can be the same when a zone lies between them: a quarter of an hour, or many,
    from 12 hours behind to 14 ahead of UTC. The first that fit tell the zone. From then on others have to fit with it:
    on the same day exactly, on other days to the hour by which clocks change in summer.
    """

    def __init__(self):
        self._offsets: dict[date, timedelta] = {}

    def shows(self, local: datetime, moment: datetime) -> bool:
        """Whether the clock showed `local`, which has no zone, at `moment`, which has one."""
        utc = moment.astimezone(UTC).replace(tzinfo=None)
        offset = _to_step(local - utc)
        if offset is None:
            return False
        if not offset:
            # As QGIS takes it on a server, and where a package was made.
            return True
        if not self._fits(offset, local.date()):
            return False
        self._offsets[local.date()] = offset
        return True

    def _fits(self, offset: timedelta, day: date) -> bool:
        if not _WEST <= offset <= _EAST:
            return False
        if day in self._offsets:
            return self._offsets[day] == offset
        known = [offset, *self._offsets.values()]
        return max(known) - min(known) <= _SUMMER


def _to_step(difference: timedelta) -> timedelta | None:
    """The offset of a zone that a difference is, but for what is finer than devices tell."""
    steps = round(difference / _STEP)
    return steps * _STEP if abs(difference - steps * _STEP) < _PRECISION else None
