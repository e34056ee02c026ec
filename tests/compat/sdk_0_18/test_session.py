from qfieldcloud_sdk import sdk
from sdk_shared.case import SdkCase
from sdk_shared.session import Sessions
from support.people import person
from support.server import fresh, setting
from support.shapes import PUBLIC_INFO, STATUS, SUBSCRIPTION


class Session(Sessions, SdkCase):
    def test_check_server_status(self):
        self.assert_shape(STATUS, self.anonymous().check_server_status())


class Users(SdkCase):
    def test_create_user(self):
        name = fresh("newcomer")
        created = self.client("staff").create_user(name, setting("PASSWORD"), f"{name}@example.org")
        self.assert_shape(PUBLIC_INFO, created)
        self.assert_has({"username": name, "type": 1, "username_display": name}, created)
        self.assert_has({"username": name}, self.anonymous().login(name, setting("PASSWORD")))

    def test_create_user_that_is_there(self):
        ana = person("ana")
        with self.assertRaises(sdk.QfcRequestException) as raised:
            self.client("staff").create_user(ana.name, ana.password, ana.email)
        # The original answers 400; 409 is what the SDK's exist_ok waits for.
        self.assertIn(raised.exception.response.status_code, (400, 409))

    def test_create_user_is_for_staff(self):
        with self.refused(403, "permission_denied"):
            self.client().create_user(fresh("newcomer"), setting("PASSWORD"), "newcomer@example.org")


class Subscription(SdkCase):
    def test_current_subscription(self):
        subscription = self.client().current_subscription("ana")
        self.assert_shape(SUBSCRIPTION, subscription)
        self.assertGreater(subscription["active_storage_total_bytes"], 0, "the command-line tool divides by it")

    def test_current_subscription_of_somebody_else(self):
        for name in ("ben", fresh("nobody")):
            with self.subTest(name), self.refused(403, "permission_denied"):
                self.client().current_subscription(name)
