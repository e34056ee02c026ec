from sdk_shared.case import SdkCase
from sdk_shared.deltas import Deltas as SharedDeltas
from sdk_shared.jobs import Jobs as SharedJobs
from sdk_shared.jobs import ListedJobs, NoPackageYet
from sdk_shared.packages import Packages as SharedPackages


class Jobs(SharedJobs, ListedJobs, SdkCase):
    pass


class Packages(NoPackageYet, SharedPackages, SdkCase):
    pass


class Deltas(SharedDeltas, SdkCase):
    pass
