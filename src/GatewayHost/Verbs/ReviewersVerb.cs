using System.Buffers.Text;
using System.Security.Cryptography;
using Tda.GatewayHost.Terminal;
using Tda.Review.Accounts;
using Tda.Store;
using Tda.Store.Reviews;

namespace Tda.GatewayHost.Verbs;

/// <summary>`tda reviewers`: who may use the reviewer's desk, and what they may do there.</summary>
internal static class ReviewersVerb
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The name that they log in with" };
    private static readonly Option<ReviewRole?> Role = EnumOption.Of<ReviewRole>("--role", "What they may do; each role may do what those before it may", ReviewRole.Reviewer);
    private static readonly Option<ReviewRole?> NewRole = EnumOption.Of<ReviewRole>("--role", "What they may do from now on", (ReviewRole?)null);
    private static readonly Option<string?> PasswordFile = new("--password-file")
    { Description = "File that holds the password in its first line, - for standard input (else it is asked for on the terminal)", HelpName = "FILE" };
    private static readonly Option<bool> Generate = new("--generate") { Description = "Make a password and print it, once: only its hash is kept" };

    public static Command Build()
    {
        NewRole.Required = true;
        return CommandExtensions.Verb("reviewers", "Adds and changes the accounts of those who use the reviewer's desk.",
            "tda reviewers add ann --role reviewer",
            CommandExtensions.Verb("add", "Adds an account.", "tda reviewers add ann --role reviewer --password-file secret.txt", Name, Role, PasswordFile, Generate).Runs(AddAsync),
            CommandExtensions.Verb("list", "Lists the accounts.", "tda reviewers list --json").Runs(ListAsync),
            CommandExtensions.Verb("set", "Gives an account another role; its sessions end within seconds.", "tda reviewers set ann --role adjudicator", Name, NewRole).Runs(SetAsync),
            CommandExtensions.Verb("password", "Gives an account another password; its sessions end within seconds.", "tda reviewers password ann", Name, PasswordFile, Generate)
                .Runs(PasswordAsync),
            CommandExtensions.Verb("disable", "Shuts somebody out within seconds; what they decided stays.", "tda reviewers disable ann", Name).Runs(context => EndAsync(context, end: true)),
            CommandExtensions.Verb("enable", "Lets somebody in again.", "tda reviewers enable ann", Name).Runs(context => EndAsync(context, end: false)));
    }

    private static async Task<int> AddAsync(VerbContext context)
    {
        var name = context.Get(Name);
        if (!Reviewer.IsName(name))
        {
            throw new UsageException($"'{name}' can't be a name: use 1 to 64 letters, digits and . _ - @, beginning with a letter or digit");
        }

        if (string.Equals(name, DeskUser.AdminName, StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"'{name}' is the name of whoever comes in with the admin credential; give another");
        }

        var (password, generated) = await PasswordOfAsync(context, name);
        var reviewer = new Reviewer
        {
            Name = name,
            Role = context.Get(Role)!.Value,
            PasswordHash = new Passwords().Hash(password),
            CreatedAt = ExchangeTime.Normalise(TimeProvider.System.GetUtcNow()),
        };
        await using var log = await context.OpenStoreAsync(create: true);
        await using var accounts = Accounts(context);
        if (!await accounts.AddAsync(reviewer, context.Cancel))
        {
            throw new UsageException($"there is an account {name} already; `tda reviewers list` names them, and a name is never given twice");
        }

        await AuditAsync(context, log, "reviewer_add", name, $"role {EnumOption.Spelled(reviewer.Role)}");
        return Done(context, reviewer, generated, $"added {name}, who is {EnumOption.Spelled(reviewer.Role)}");
    }

    private static async Task<int> ListAsync(VerbContext context)
    {
        await using var log = await context.OpenStoreAsync(create: true);
        await using var accounts = Accounts(context);
        var all = await accounts.ListAsync(context.Cancel);
        return context.Done(all.Select(reviewer => Shown(reviewer)).ToList(), console => console.WriteTable(
            ["name", "role", "state", "created", "comes by"],
            all.Select(reviewer => (string[])
            [
                reviewer.Name, EnumOption.Spelled(reviewer.Role), reviewer.DisabledAt is { } end ? $"disabled {end:u}" : "enabled", $"{reviewer.CreatedAt:u}", Ways(reviewer),
            ])));
    }

    private static async Task<int> SetAsync(VerbContext context)
    {
        var role = context.Get(NewRole)!.Value;
        return await ChangeAsync(
            context, reviewer => reviewer with { Role = role }, $"role {EnumOption.Spelled(role)}", null, $"{context.Get(Name)} is {EnumOption.Spelled(role)} now");
    }

    private static async Task<int> PasswordAsync(VerbContext context)
    {
        var name = context.Get(Name);
        var (password, generated) = await PasswordOfAsync(context, name);
        var hash = new Passwords().Hash(password);
        return await ChangeAsync(context, reviewer => reviewer with { PasswordHash = hash }, "password", generated, $"{name} has another password");
    }

    private static Task<int> EndAsync(VerbContext context, bool end)
    {
        var at = ExchangeTime.Normalise(TimeProvider.System.GetUtcNow());
        return end
            ? ChangeAsync(context, reviewer => reviewer with { DisabledAt = reviewer.DisabledAt ?? at }, "disabled", null, $"{context.Get(Name)} is shut out within seconds")
            : ChangeAsync(context, reviewer => reviewer with { DisabledAt = null }, "enabled", null, $"{context.Get(Name)} may come in");
    }

    private static async Task<int> ChangeAsync(VerbContext context, Func<Reviewer, Reviewer> change, string detail, string? generated, string line)
    {
        var name = context.Get(Name);
        await using var log = await context.OpenStoreAsync(create: true);
        await using var accounts = Accounts(context);
        var old = await accounts.FindAsync(name, context.Cancel) ?? throw new UsageException($"there is no account {name}; `tda reviewers list` names them");
        var changed = change(old);
        if (!await accounts.ChangeAsync(changed, context.Cancel))
        {
            throw new TdaException($"{name} was changed by another meanwhile, and not by this command: look with `tda reviewers list`, and give it again");
        }

        await AuditAsync(context, log, "reviewer_change", name, detail);
        var wasAdmin = old is { Role: ReviewRole.Admin, DisabledAt: null };
        if (wasAdmin && !(await accounts.ListAsync(context.Cancel)).Any(reviewer => reviewer is { Role: ReviewRole.Admin, DisabledAt: null }))
        {
            Console.Error.WriteLine("No account has the role admin now: the admin credential, or the link at a server's start, still opens the desk.");
        }

        return Done(context, changed, generated, line);
    }

    private static IReviewerStore Accounts(VerbContext context) => ReviewStore.AccountsBeside(context.Home, context.Parsed.GetValue(CommonOptions.Store));

    private static Task AuditAsync(VerbContext context, IExchangeStore log, string action, string subject, string detail) => log.AuditAsync(
        new() { At = TimeProvider.System.GetUtcNow(), Actor = Environment.UserName, Action = action, Subject = subject, Detail = detail }, context.Cancel);

    private static int Done(VerbContext context, Reviewer reviewer, string? generated, string line) => context.Done(Shown(reviewer, generated), console =>
    {
        if (generated is null)
        {
            console.WriteLine(line);
            return;
        }

        console.WriteLine(generated);
        Console.Error.WriteLine($"{line}. This is the password of {reviewer.Name}. It is shown only now: only its hash is kept.");
    });

    private static object Shown(Reviewer reviewer, string? password = null) => new
    {
        reviewer.Name,
        reviewer.Role,
        State = reviewer.DisabledAt is null ? "enabled" : "disabled",
        reviewer.CreatedAt,
        reviewer.DisabledAt,
        Password = password,
    };

    private static string Ways(Reviewer reviewer) =>
        string.Join(", ", [.. reviewer.PasswordHash is null ? Array.Empty<string>() : ["password"], .. reviewer.Identity is null ? Array.Empty<string>() : ["identity"]]);

    /// <summary>The password for an account, and the same where it was made here and must be shown.</summary>
    private static async Task<(string Password, string? Generated)> PasswordOfAsync(VerbContext context, string name)
    {
        if (context.Get(Generate))
        {
            if (context.IsGiven(PasswordFile))
            {
                throw new UsageException("--generate and --password-file exclude each other");
            }

            var made = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(18));
            return (made, made);
        }

        var password = context.Get(PasswordFile) is { } file ? await ReadAsync(file, context.Cancel)
            : context.CanAsk ? AskTwice(name)
            : throw new UsageException("nobody is there to type a password: give --password-file FILE (- for standard input), or --generate");
        return Passwords.Problem(password) is { } problem ? throw new UsageException(problem) : (password, null);
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        // More than any password, so that a wrong file, or an endless one, isn't read whole.
        var buffer = new char[4 * Passwords.Longest];
        try
        {
            using var reader = file == "-" ? Console.In : new StreamReader(file);
            var text = new string(buffer, 0, await reader.ReadBlockAsync(buffer.AsMemory(), cancellationToken));
            return text.Split('\n')[0].TrimEnd('\r');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(file, $"the password can't be read: {error.Message}", inner: error);
        }
    }

    private static string AskTwice(string name)
    {
        var password = Ask($"Password of {name} (at least {Passwords.Shortest} characters): ");
        return Ask("Again: ") == password ? password : throw new UsageException("the two passwords aren't the same; nothing was changed");
    }

    /// <summary>A line from the terminal, which doesn't show it.</summary>
    private static string Ask(string question)
    {
        Console.Error.Write(question);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
