namespace Tda.Gateway.Security;

/// <summary>Where a secret is read from: an environment variable or a file, so that it stands in no configuration and on no command line.</summary>
public record SecretSource
{
    /// <summary>The environment variable that holds it.</summary>
    public string? Env { get; init; }

    /// <summary>The file that holds it, e.g. a mounted secret; white space around it is not part of it.</summary>
    public string? File { get; init; }

    internal IEnumerable<string> Errors(string name)
    {
        if (Env is null == File is null)
        {
            yield return $"{name}: name either an environment variable (env) or a file (file)";
        }
        else if (TryRead(out var problem) is null)
        {
            yield return $"{name}: {problem}";
        }
    }

    /// <summary>The secret.</summary>
    /// <exception cref="TdaException">It is not there; the message names the place, never a value.</exception>
    internal string Read() => TryRead(out var problem) ?? throw new TdaException(problem);

    private string? TryRead(out string problem)
    {
        problem = "";
        try
        {
            var secret = (File is null ? Environment.GetEnvironmentVariable(Env!) : System.IO.File.ReadAllText(File))?.Trim();
            if (!string.IsNullOrEmpty(secret) && secret.All(c => c is > ' ' and < '\x7f'))
            {
                return secret;
            }

            problem = File is null ? $"the environment variable {Env} is not set, empty, or not one word" : $"the file {File} is empty or holds more than one word";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = $"the file {File} can't be read: {error.Message}";
        }

        return null;
    }
}
