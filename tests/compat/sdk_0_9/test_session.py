from sdk_shared.case import SdkCase
from sdk_shared.session import Sessions


class Session(Sessions, SdkCase):
    pass
