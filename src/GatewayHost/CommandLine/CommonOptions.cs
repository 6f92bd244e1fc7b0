namespace Tda.GatewayHost.CommandLine;

/// <summary>Options that every verb has.</summary>
public static class CommonOptions
{
    /// <summary>Where Tda keeps its data.</summary>
    public static readonly Option<string?> Home = new("--home")
    {
        Description = "Folder that holds Tda's data (else TDA_HOME, else ./tda-data)",
        HelpName = "DIR",
        Recursive = true,
    };

    /// <summary>Where the log of exchanges is, when not in the home.</summary>
    public static readonly Option<string?> Store = new("--store")
    {
        Description = "The log of exchanges: postgres://user@host:port/database (else TDA_STORE, else SQLite in the home)",
        HelpName = "URL",
        Recursive = true,
    };

    /// <summary>Machine-readable output.</summary>
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print the result as JSON on standard output, nothing else",
        Recursive = true,
    };

    /// <summary>Stack traces on errors.</summary>
    public static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "On an error, print where in the program it happened",
        Recursive = true,
    };
}
