namespace Tda.Core.Corpora;

/// <summary>What to import and how.</summary>
public sealed record ImportOptions
{
    /// <summary>What the files are. Default: told file by file.</summary>
    public ImportFormat Format { get; init; } = ImportFormat.Auto;

    /// <summary>Stop after so many documents; at least 1. Default: all. Files are taken in the order of their paths.</summary>
    public int? MaxDocuments { get; init; }

    /// <summary>Shorter documents are skipped, in UTF-16 characters; at least 1. Default: 1.</summary>
    public int MinCharacters { get; init; } = 1;

    /// <summary>Longer documents are cut here, in UTF-16 characters, and counted; at least MinCharacters. Default: never.</summary>
    public int? MaxCharacters { get; init; }

    /// <summary>Source of documents that name none. Default: the sub-folder, or the file's name.</summary>
    public string? Source { get; init; }

    /// <summary>Whether a mail's text starts with its subject line. Default: yes.</summary>
    public bool KeepSubject { get; init; } = true;

    /// <summary>Whether a corpus of that name may be replaced. Default: no.</summary>
    public bool Replace { get; init; }

    /// <exception cref="UsageException">Names every option that is out of range, at once.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (MaxDocuments < 1)
        {
            faults.Add($"the largest number of documents must be at least 1, not {MaxDocuments}");
        }

        if (MinCharacters < 1)
        {
            faults.Add($"the smallest number of characters must be at least 1, not {MinCharacters}");
        }

        if (MaxCharacters < MinCharacters)
        {
            faults.Add($"the largest number of characters ({MaxCharacters}) must be at least the smallest ({MinCharacters})");
        }

        if (Source is { Length: 0 })
        {
            faults.Add("the source must not be empty");
        }

        if (faults.Count > 0)
        {
            throw new UsageException($"These import options can't be used: {string.Join("; ", faults)}.");
        }
    }
}
