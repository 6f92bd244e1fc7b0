using Tda.Cli.Proving;

namespace Tda.Cli.Demo;

/// <summary>Where the demo keeps what, and which of it is already there.</summary>
public sealed class DemoPlace
{
    private readonly string _notes;

    /// <summary>Takes the names of one demo in a home; another seed gets names of its own.</summary>
    /// <param name="home">The home.</param>
    /// <param name="options">What decides the figures.</param>
    /// <param name="name">Its name with seed 0, and what others begin with.</param>
    /// <exception cref="UsageException">The home holds a demo of this name with other options.</exception>
    public DemoPlace(TdaHome home, DemoOptions options, string name = "demo")
    {
        Home = home;
        Name = options.Seed == 0 ? name : $"{name}-seed-{options.Seed}";
        _notes = Path.Combine(home.Root, "demo", Name);
        Directory.CreateDirectory(_notes);
        string path = Path.Combine(_notes, "options.json"), text = JsonSerializer.Serialize(options, JsonDefaults.Indented);
        if (!File.Exists(path))
        {
            AtomicFile.WriteText(path, text);
        }
        else if (File.ReadAllText(path) != text)
        {
            throw new UsageException($"{_notes} was made with other options. Use another --home, or delete {home.Root} to start over.");
        }
    }

    /// <summary>The home.</summary>
    public TdaHome Home { get; }

    /// <summary>Name of the demo's corpus, surrogate, index and run, and prefix of its other names.</summary>
    public string Name { get; }

    /// <summary>Folder of the fetched packages; shared by all demos of this home.</summary>
    public string DataCache => Path.Combine(Home.Root, "demo", "packages");

    /// <summary>A name with the demo's prefix.</summary>
    public string Called(string what) => $"{Name}-{what}";

    /// <summary>A folder of the demo's own.</summary>
    public string Folder(string what) => Path.Combine(_notes, what);

    /// <summary>What an earlier run noted, or what <paramref name="make"/> finds out and notes now.</summary>
    public async Task<T> NoteAsync<T>(string name, Func<Task<T>> make)
        where T : notnull
    {
        var path = Path.Combine(_notes, name + ".json");
        if (File.Exists(path))
        {
            return JsonFile.Read<T>(path, "Delete it; the demo makes it again.");
        }

        var made = await make();
        AtomicFile.WriteJson(path, made);
        return made;
    }

    /// <inheritdoc cref="NoteAsync"/>
    public Task<T> NoteAsync<T>(string name, Func<T> make)
        where T : notnull => NoteAsync(name, () => Task.FromResult(make()));
}

/// <summary>What every step of the demo gets.</summary>
/// <param name="Place">Where things are.</param>
/// <param name="Options">What decides the figures.</param>
/// <param name="Progress">Bars and lines.</param>
/// <param name="Cancel">Cancelled by Ctrl+C.</param>
public sealed record DemoContext(DemoPlace Place, DemoOptions Options, IProgressSink Progress, CancellationToken Cancel)
{
    /// <summary>Clock of manifests.</summary>
    public TimeProvider Time => TimeProvider.System;

    internal KeptSteps Steps => new(Place.Home, "tda demo", Progress, Cancel);

    /// <summary>The same context with bars that carry a name.</summary>
    public DemoContext Named(string name) => this with { Progress = new NamedProgress(Progress, name) };
}
