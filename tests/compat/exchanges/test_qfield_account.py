"""QField: picking a server, logging in, the account screen, logging out."""

from support.organizations import new_organization
from support.people import person
from support.server import fresh
from support.shapes import LOGIN, ORGANIZATION, STATUS, SUBSCRIPTION, USER, filled, or_null, problems, url

from .apps import QField, qfield
from .case import ExchangeCase
from .wire import send


class ServerPicked(ExchangeCase):
    def test_server_info(self):
        info = self.ok(QField().get("server/info/"))
        self.assertEqual([], problems({"signup_url": or_null(url)}, info))
        self.assertEqual(
            [], problems({"site_title": filled, "logo_main": url, "logo_navbar": url, "favicon": url}, info["whitelabel"])
        )
        self.assertIn({"type": "credentials", "id": "credentials", "name": "Username / Password"}, info["auth_providers"])

    def test_the_providers_of_before(self):
        providers = self.ok(QField().get("auth/providers/"))
        self.assertEqual(self.ok(QField().get("server/info/"))["auth_providers"], providers)

    def test_status(self):
        self.assert_shape(STATUS, self.ok(QField().get("status/")))


class LogIn(ExchangeCase):
    def test_log_in(self):
        cleo = person("cleo")
        answer = self.ok(QField().log_in("cleo"))
        self.assert_shape(LOGIN, answer)
        self.assert_has({"username": cleo.name, "email": cleo.email}, answer)
        self.assertLessEqual(len(answer["token"]), 300)

    def test_a_wrong_password(self):
        self.assert_refused(401, "authentication_failed", QField().post("auth/token/", {"username": "cleo", "password": "no"}))

    def test_no_password(self):
        self.assert_refused(400, "api_error", QField().post("auth/token/", {"username": "cleo"}))

    def test_a_path_without_its_slash_is_not_redirected(self):
        self.assert_refused(400, "api_error", QField().post("auth/token", {"username": "cleo"}))

    def test_a_second_log_in_ends_the_first(self):
        first = QField(self.ok(QField().log_in("guest"))["token"])
        self.ok(first.get("auth/user/"))
        second = QField(self.ok(QField().log_in("guest"))["token"])
        self.ok(second.get("auth/user/"))
        self.assert_refused(401, "token_authentication_failed", first.get("auth/user/"))

    def test_too_many_wrong_passwords(self):
        for _ in range(5):
            answer = QField().post("auth/token/", {"username": "locked", "password": "no"})
            self.assert_refused(401, "authentication_failed", answer)
        self.assert_refused(401, "too_many_failed_login_attempts", QField().log_in("locked"))


class StoredToken(ExchangeCase):
    def test_start_with_a_stored_token(self):
        user = self.ok(qfield().get("auth/user/"))
        self.assert_shape(USER, user)
        self.assert_has({"username": "ana", "email": "ana@example.org"}, user)
        self.assertNotIn("token", user)

    def test_start_with_a_token_nobody_knows(self):
        for path in ("auth/user/", "status/"):
            with self.subTest(path):
                self.assert_refused(401, "token_authentication_failed", QField("x" * 100).get(path))

    def test_no_token(self):
        self.assert_refused(401, "not_authenticated", QField().get("auth/user/"))

    def test_a_header_that_is_no_token(self):
        headers = {**QField().headers(), "Authorization": "Token"}
        self.assert_refused(401, "authentication_failed", send("GET", "/api/v1/auth/user/", headers))


class AccountScreen(ExchangeCase):
    def test_organizations(self):
        name = new_organization(qfield().token)
        found = {one["username"]: one for one in self.ok(qfield().get("users/ana/organizations/"))}
        self.assert_shape(ORGANIZATION, found[name])
        self.assert_has({"organization_owner": "ana", "membership_role_origin": "organization_owner"}, found[name])

    def test_organizations_of_somebody_else(self):
        self.assert_refused(403, "permission_denied", qfield().get("users/ben/organizations/"))

    def test_subscription(self):
        self.assert_shape(SUBSCRIPTION, self.ok(qfield().get("subscriptions/ana/current/")))

    def test_subscription_of_an_organization(self):
        name = new_organization(qfield().token)
        self.assert_shape(SUBSCRIPTION, self.ok(qfield().get(f"subscriptions/{name}/current/")))

    def test_an_unknown_account(self):
        self.assert_refused(403, "permission_denied", qfield().get(f"users/{fresh('nobody')}/"))


class LogOut(ExchangeCase):
    def test_log_out_without_a_body(self):
        app = QField(self.ok(QField().log_in("leaver"))["token"])
        self.assertEqual({"detail": "Successfully logged out."}, self.ok(app.post_nothing("auth/logout/")))
        self.assert_refused(401, "token_authentication_failed", app.get("auth/user/"))
