"""A batch of public revenue that no bank line has proven can be replaced by a newer file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the mark of a replaced line; a proven line never carries it."""

    dependencies = [("custody", "0022_placement_order_key")]
    operations = [
        migrations.AddField(
            model_name="revenueline",
            name="superseded",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="revenueline",
            constraint=models.CheckConstraint(
                condition=models.Q(("superseded", False), ("bank_line__isnull", True), _connector="OR"),
                name="revenue_line_proven_is_not_superseded",
            ),
        ),
    ]
