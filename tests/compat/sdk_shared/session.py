"""Logging in and out."""

from support.people import person
from support.shapes import LOGIN


class Sessions:
    def test_login(self):
        client, ana = self.anonymous(), person("ana")
        answer = client.login(ana.name, ana.password)
        self.assert_shape(LOGIN, answer)
        self.assert_has({"username": ana.name, "email": ana.email}, answer)
        self.assertEqual(answer["token"], client.token)

    def test_login_with_an_email_address_in_another_case(self):
        ben = person("ben")
        self.assert_has({"username": ben.name}, self.anonymous().login(ben.email, ben.password))
        self.assert_has({"username": ben.name}, self.anonymous().login(ben.name.upper(), ben.password))

    def test_login_with_a_wrong_password(self):
        with self.refused(401, "authentication_failed"):
            self.anonymous().login(person("cleo").name, "not the password")

    def test_several_logins_hold_side_by_side(self):
        self.client("cleo").list_projects()
        second, cleo = self.anonymous(), person("cleo")
        second.login(cleo.name, cleo.password)
        second.list_projects()
        self.client("cleo").list_projects()

    def test_logout(self):
        first, second, leaver = self.anonymous(), self.anonymous(), person("leaver")
        first.login(leaver.name, leaver.password)
        second.login(leaver.name, leaver.password)
        self.assertEqual({"detail": "Successfully logged out."}, first.logout())
        for client in (first, second):
            with self.refused(401, "token_authentication_failed"):
                client.list_projects()

    def test_logout_of_nobody(self):
        self.assertEqual({"detail": "Successfully logged out."}, self.anonymous().logout())

    def test_nobody_sees_projects(self):
        with self.refused(401, "not_authenticated"):
            self.anonymous().list_projects()
