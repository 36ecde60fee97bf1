"""Every placement order takes an idempotency key, unique within the fund."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the key and its uniqueness; a retried order finds the first."""

    dependencies = [("custody", "0021_open_breaks")]
    operations = [
        migrations.AddField(
            model_name="placement",
            name="order_key",
            field=models.CharField(default="before-keys", max_length=200),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.UniqueConstraint(
                fields=("fund", "order_key"), name="placement_ordered_once_per_key"
            ),
        ),
    ]
