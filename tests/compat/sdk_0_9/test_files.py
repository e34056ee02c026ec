from pathlib import Path

from qfieldcloud_sdk import sdk
from sdk_shared.case import SdkCase
from sdk_shared.downloads import Downloads as SharedDownloads
from sdk_shared.uploads import Uploads as SharedUploads


class Uploads(SharedUploads, SdkCase):
    def test_the_name_of_the_part_does_not_matter(self):
        """This SDK gives the part the local file's name, not the one of the URL."""
        project, path = self.project(), self.folder({"other name.bin": b"Hello!"}) / "other name.bin"
        self.client().upload_file(project["id"], sdk.FileTransferType.PROJECT, path, Path("sub/note.txt"), True)
        self.assertEqual({"sub/note.txt"}, self.listed(project).keys())

    def test_skip_metadata_changes_nothing(self):
        project = self.project()
        self.upload(project, "note.txt", b"Hello!")
        listed = [self.client().list_remote_files(project["id"], skip_metadata=skip) for skip in (True, False)]
        self.assertEqual(listed[0], listed[1])


class Downloads(SharedDownloads, SdkCase):
    pass
