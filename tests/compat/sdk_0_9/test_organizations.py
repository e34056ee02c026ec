from sdk_shared.case import SdkCase
from sdk_shared.collaborators import Collaborators as SharedCollaborators
from sdk_shared.members import Members as SharedMembers


class Collaborators(SharedCollaborators, SdkCase):
    pass


class Members(SharedMembers, SdkCase):
    pass
