using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Tda.Store;

/// <summary>Tells a store that takes nothing from one that does not take this.</summary>
public static class StoreRefusal
{
    private const int Busy = 5, Locked = 6, TooBig = 18, Constraint = 19, Mismatch = 20;

    /// <summary>
    /// Whether a failed write was refused for what the data are (too large, against a constraint, not representable), so that
    /// trying again is of no use. Everything else, a full disk as well as a server that is gone, may pass.
    /// </summary>
    public static bool IsRefusal(Exception? error) => error switch
    {
        null => false,
        InvalidDataException => true,
        SqliteException sqlite => sqlite.SqliteErrorCode is TooBig or Constraint or Mismatch,

        // Classes of SQL: data exception, integrity constraint violation, program limit exceeded.
        DbException { SqlState: { } state } => state.StartsWith("22", StringComparison.Ordinal)
            || state.StartsWith("23", StringComparison.Ordinal) || state.StartsWith("54", StringComparison.Ordinal),
        _ => IsRefusal(error.InnerException),
    };

    /// <summary>Whether another process holds the file: it will be free again.</summary>
    public static bool IsBusy(Exception? error) => error is not null && (error is SqliteException { SqliteErrorCode: Busy or Locked } || IsBusy(error.InnerException));
}
