from sdk_shared.case import SdkCase
from sdk_shared.deltas import Deltas as SharedDeltas
from sdk_shared.jobs import Jobs as SharedJobs
from sdk_shared.jobs import NoPackageYet
from sdk_shared.packages import Packages as SharedPackages


class Jobs(SharedJobs, SdkCase):
    def test_list_jobs(self):
        """This SDK sends the project's id in the body of a GET, where no server reads it; the connection survives it."""
        project = self.project_with_qgis_file()
        with self.refused(404, "object_not_found"):
            self.client().list_jobs(project["id"])
        self.client().list_remote_files(project["id"])


class Packages(NoPackageYet, SharedPackages, SdkCase):
    pass


class Deltas(SharedDeltas, SdkCase):
    pass
