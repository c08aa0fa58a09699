from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE files_storedfile ADD COLUMN remark text",
            "ALTER TABLE files_storedfile DROP COLUMN remark",
        )
    ]
