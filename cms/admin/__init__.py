"""stub"""

from flask import Blueprint


def init_admin(app):
    bp = Blueprint("admin", __name__, url_prefix="/admin")
    bp.add_url_rule("/", "index", lambda: "admin")
    app.register_blueprint(bp)
